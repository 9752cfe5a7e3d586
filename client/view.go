package client

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Group is a view of a resource group.
type Group struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags"`
	ManagedBy  string            `json:"managedBy"`
	Properties struct {
		ProvisioningState string `json:"provisioningState"`
	} `json:"properties"`
}

// Cluster is a view of a managed cluster.
type Cluster struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags"`
	Properties ClusterProperties `json:"properties"`
}

// ClusterProperties are a cluster's own.
type ClusterProperties struct {
	ProvisioningState        string `json:"provisioningState"`
	KubernetesVersion        string `json:"kubernetesVersion"`
	CurrentKubernetesVersion string `json:"currentKubernetesVersion"`
	NodeResourceGroup        string `json:"nodeResourceGroup"`
	FQDN                     string `json:"fqdn"`
	PowerState               struct {
		Code string `json:"code"`
	} `json:"powerState"`
	AgentPoolProfiles []NodePoolProperties `json:"agentPoolProfiles"`
	LotseProfile      struct {
		AcknowledgedVersionGates []string `json:"acknowledgedVersionGates"`
	} `json:"lotseProfile"`
}

// Group is the name of the group that holds the cluster, read from its ID.
func (c Cluster) Group() string { return segment(c.ID, "resourcegroups") }

// Version is what runs, or what was asked for while nothing runs yet.
func (c Cluster) Version() string {
	if v := c.Properties.CurrentKubernetesVersion; v != "" {
		return v
	}
	return c.Properties.KubernetesVersion
}

// Nodes counts the nodes that the pools ask for.
func (c Cluster) Nodes() (n int) {
	for _, p := range c.Properties.AgentPoolProfiles {
		n += p.Count
	}
	return n
}

// NodePool is a view of an agent pool.
type NodePool struct {
	ID         string             `json:"id"`
	Name       string             `json:"name"`
	Properties NodePoolProperties `json:"properties"`
}

// NodePoolProperties are a pool's own; inside a cluster they carry the pool's name.
type NodePoolProperties struct {
	Name                string `json:"name"`
	ProvisioningState   string `json:"provisioningState"`
	Count               int    `json:"count"`
	VMSize              string `json:"vmSize"`
	Mode                string `json:"mode"`
	OrchestratorVersion string `json:"orchestratorVersion"`
	NodeImageVersion    string `json:"nodeImageVersion"`
	ETag                string `json:"eTag"`
	PowerState          struct {
		Code string `json:"code"`
	} `json:"powerState"`
}

// Machine is a view of a machine of a pool.
type Machine struct {
	Name       string `json:"name"`
	Properties struct {
		Network struct {
			IPAddresses []struct {
				IP string `json:"ip"`
			} `json:"ipAddresses"`
		} `json:"network"`
		LotseProfile struct {
			Phase            string `json:"phase"`
			NodeImageVersion string `json:"nodeImageVersion"`
			Waiting          string `json:"waiting"`
		} `json:"lotseProfile"`
	} `json:"properties"`
}

// Address of the machine; empty while it has none.
func (m Machine) Address() string {
	if len(m.Properties.Network.IPAddresses) == 0 {
		return ""
	}
	return m.Properties.Network.IPAddresses[0].IP
}

// View decodes a document into one of the views.
func View[T any](document json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(document, &v); err != nil {
		return v, fmt.Errorf("the front door's answer is not what was expected: %w", err)
	}
	return v, nil
}

// Views decodes a list.
func Views[T any](documents []json.RawMessage) ([]T, error) {
	all := make([]T, len(documents))
	for i, d := range documents {
		v, err := View[T](d)
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

// segment is the part of an ID after the one named, whatever its case.
func segment(id, after string) string {
	parts := strings.Split(id, "/")
	for i := 0; i+1 < len(parts); i++ {
		if strings.EqualFold(parts[i], after) {
			return parts[i+1]
		}
	}
	return ""
}

// Cluster is the name of the cluster that the pool belongs to, read from its ID.
func (n NodePool) Cluster() string { return segment(n.ID, "managedClusters") }
