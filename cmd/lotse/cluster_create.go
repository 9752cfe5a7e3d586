package main

import (
	"cmp"

	"github.com/spf13/cobra"
)

// newCluster is what the flags of "cluster create" ask for.
type newCluster struct {
	location, version, plugin, podCIDR, serviceCIDR, dnsIP string
	nodeGroup                                              string
	tags                                                   map[string]string
	pool                                                   newPool
}

func newClusterCreateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "create -g GROUP -n NAME", Short: "Create a cluster, or change what the flags name", Args: cobra.NoArgs,
		Example: "  lotse cluster create -g demo -n demo --node-count 2",
	}
	sc, wait, want := clusterScope(cmd, s), &waitFlags{}, &newCluster{}
	wait.addFlags(cmd)
	want.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := c.ClusterPath(sc.group, sc.name)
		operation, err := c.Put(cmd.Context(), path, want.body(sc.name, c.Credential.Location))
		if err != nil {
			return err
		}
		if err := wait.await(cmd, "creating cluster "+sc.name, operation); err != nil {
			return err
		}
		return clusters.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

func (w *newCluster) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&w.location, "location", "l", "", "location, if not the credential's")
	f.StringVarP(&w.version, "kubernetes-version", "k", "", "Kubernetes version, if not the default")
	f.StringVar(&w.plugin, "network-plugin", "", "azure or kubenet (a managed pod network), or none (you install one)")
	f.StringVar(&w.podCIDR, "pod-cidr", "", "addresses of Pods")
	f.StringVar(&w.serviceCIDR, "service-cidr", "", "addresses of Services")
	f.StringVar(&w.dnsIP, "dns-service-ip", "", "address of the cluster's DNS, inside --service-cidr")
	f.StringVar(&w.nodeGroup, "node-resource-group", "", "name of the group that holds the cluster's machines")
	f.StringToStringVar(&w.tags, "tags", nil, "tags, such as team=web,stage=test")
	f.StringVar(&w.pool.name, "nodepool-name", "nodepool1", "name of the first pool")
	f.IntVarP(&w.pool.count, "node-count", "c", 1, "nodes in the first pool")
	f.StringVarP(&w.pool.size, "node-vm-size", "s", "", "machine size of the first pool's nodes")
	f.IntVarP(&w.pool.maxPods, "max-pods", "m", 0, "Pods that fit on a node of the first pool")
}

// body is the request. Without a flag a property is left out, so that the server's defaults hold and a second create changes nothing else.
func (w *newCluster) body(name, location string) map[string]any {
	w.pool.mode = "System"
	pool := w.pool.properties()
	pool["name"] = w.pool.name
	properties := map[string]any{"dnsPrefix": name, "agentPoolProfiles": []any{pool}}
	set(properties, "kubernetesVersion", w.version)
	set(properties, "nodeResourceGroup", w.nodeGroup)
	network := map[string]any{}
	set(network, "networkPlugin", w.plugin)
	set(network, "podCidr", w.podCIDR)
	set(network, "serviceCidr", w.serviceCIDR)
	set(network, "dnsServiceIP", w.dnsIP)
	if len(network) > 0 {
		properties["networkProfile"] = network
	}
	body := map[string]any{"location": cmp.Or(w.location, location), "properties": properties}
	if len(w.tags) > 0 {
		body["tags"] = w.tags
	}
	return body
}

// set leaves out zero values.
func set[T comparable](to map[string]any, key string, value T) {
	if value != *new(T) {
		to[key] = value
	}
}
