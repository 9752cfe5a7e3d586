package client

import (
	"net/url"
	"strings"
)

// API versions that the client was written for.
const (
	resourcesVersion        = "2021-04-01"
	containerServiceVersion = "2025-02-01"
	subscriptionsVersion    = "2019-11-01"
	authorizationVersion    = "2022-04-01"
	lotseVersion            = "2026-11-01"
)

// SubscriptionsPath lists the subscriptions that the caller can see.
const SubscriptionsPath = "/subscriptions"

func (c *Client) subscription() string {
	return SubscriptionsPath + "/" + url.PathEscape(c.Credential.SubscriptionID)
}

// GroupsPath lists the subscription's groups.
func (c *Client) GroupsPath() string { return c.subscription() + "/resourceGroups" }

// GroupPath is one group.
func (c *Client) GroupPath(group string) string { return c.GroupsPath() + "/" + url.PathEscape(group) }

// ClustersPath lists the clusters of a group, or of the subscription where group is empty.
func (c *Client) ClustersPath(group string) string {
	scope := c.subscription()
	if group != "" {
		scope = c.GroupPath(group)
	}
	return scope + "/providers/Microsoft.ContainerService/managedClusters"
}

// ClusterPath is one cluster.
func (c *Client) ClusterPath(group, cluster string) string {
	return c.ClustersPath(group) + "/" + url.PathEscape(cluster)
}

// VersionsPath lists the versions of Kubernetes.
func (c *Client) VersionsPath() string {
	return c.subscription() + "/providers/Microsoft.ContainerService/locations/" + url.PathEscape(c.Credential.Location) + "/kubernetesVersions"
}

// NodePoolsPath lists a cluster's pools.
func (c *Client) NodePoolsPath(group, cluster string) string {
	return c.ClusterPath(group, cluster) + "/agentPools"
}

// NodePoolPath is one pool.
func (c *Client) NodePoolPath(group, cluster, pool string) string {
	return c.NodePoolsPath(group, cluster) + "/" + url.PathEscape(pool)
}

// MachinesPath lists the machines of the pool of a path.
func MachinesPath(pool string) string { return pool + "/machines" }

// DeleteMachinesPath is the action that deletes machines of the pool of a path by name.
func DeleteMachinesPath(pool string) string { return pool + "/deleteMachines" }

// AbortPath is the action that ends the operation of the cluster or the pool of a path where it is.
func AbortPath(resource string) string { return resource + "/abort" }

// IgnoringBudgets is the path by which the pool of a path is deleted without regard to disruption budgets.
func IgnoringBudgets(pool string) string { return pool + "?ignore-pod-disruption-budget=true" }

// withVersion adds the api-version that the path's provider wants, unless it has one.
func withVersion(path string) string {
	if strings.Contains(path, "api-version=") {
		return path
	}
	version := resourcesVersion
	switch {
	case path == SubscriptionsPath:
		version = subscriptionsVersion
	case strings.Contains(path, "/providers/Lotse."):
		version = lotseVersion
	case strings.Contains(path, "/Microsoft.Authorization/"):
		version = authorizationVersion
	case strings.Contains(path, "/Microsoft.ContainerService/"):
		version = containerServiceVersion
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + "api-version=" + version
}

// operations is the provider for operators.
const operations = "/providers/Lotse.Operations"

// StatusPath is the status of the service.
const StatusPath = operations + "/status"

// ComponentLogsPath is the log of a component of a cluster's control plane.
func (c *Client) ComponentLogsPath(group, cluster, component string) string {
	return c.ClusterPath(group, cluster) + OwnLogsPath(component)
}

// OwnLogsPath is the log of one of Lotse's own components.
func OwnLogsPath(component string) string {
	return operations + "/components/" + url.PathEscape(component) + "/logs"
}
