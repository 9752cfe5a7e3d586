package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

// newCluster is what the flags of "cluster create" ask for.
type newCluster struct {
	location, version, plugin, podCIDR, serviceCIDR, dnsIP string
	nodeGroup                                              string
	upgradeChannel, nodeOSChannel                          string
	issuer, stopped                                        bool
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
		operation, err := want.write(cmd.Context(), c, sc, cmd.Flags().Changed)
		if err != nil {
			return err
		}
		if err := wait.await(cmd, doing(operation, "creating cluster ", "updating cluster ")+sc.name, operation); err != nil {
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
	f.StringVar(&w.upgradeChannel, "auto-upgrade-channel", "", "channel of automatic Kubernetes upgrades: none, patch, stable, rapid or node-image")
	f.StringVar(&w.nodeOSChannel, "node-os-upgrade-channel", "", "channel of automatic node image upgrades: None, Unmanaged, SecurityPatch or NodeImage")
	f.BoolVar(&w.issuer, "enable-oidc-issuer", false, "serve the keys of service account tokens, so that others can verify them; it stays on")
	f.BoolVar(&w.stopped, "stopped", false, "make the cluster and run nothing of it, until \"lotse cluster start\"")
	f.StringToStringVar(&w.tags, "tags", nil, "tags, such as team=web,stage=test")
	f.StringVar(&w.pool.name, "nodepool-name", "nodepool1", "name of the first pool")
	f.IntVarP(&w.pool.count, "node-count", "c", 1, "nodes in the first pool")
	f.StringVarP(&w.pool.vmSize, "node-vm-size", "s", "", "machine size of the first pool's nodes")
	f.IntVarP(&w.pool.maxPods, "max-pods", "m", 0, "Pods that fit on a node of the first pool")
}

// write creates the cluster, or changes what the flags name.
func (w *newCluster) write(ctx context.Context, c *client.Client, at *scope, given func(flag string) bool) (*client.Operation, error) {
	return write(ctx, c, c.ClusterPath(at.group, at.name), func(present json.RawMessage) (any, error) {
		if present == nil {
			return w.creation(given, c.Credential, at), nil
		}
		cluster, err := client.View[client.Cluster](present)
		if err != nil {
			return nil, err
		}
		return w.change(given, cluster)
	})
}

// creation is the request for a new cluster.
func (w *newCluster) creation(given func(flag string) bool, credential client.Credential, at *scope) map[string]any {
	a := asked{given: given}
	pool := map[string]any{"name": w.pool.name, "mode": "System"}
	w.pool.size(a, pool)
	body, properties := w.body(a)
	body["location"] = cmp.Or(w.location, credential.Location)
	properties["dnsPrefix"] = client.DNSPrefix(at.name, at.group, credential.SubscriptionID)
	properties["agentPoolProfiles"] = []any{pool}
	if w.stopped {
		properties["powerState"] = map[string]any{"code": "Stopped"}
	}
	return body
}

// change is the request for a cluster that exists. The flags of the first pool change the pool of that name, which may be gone: then they
// would add a pool that was not asked for.
func (w *newCluster) change(given func(flag string) bool, present client.Cluster) (map[string]any, error) {
	if given("stopped") {
		return nil, usage(fmt.Errorf("cluster %s exists; stop it with `lotse cluster stop`", present.Name))
	}
	a := asked{given: given, exists: true}
	body, properties := w.body(a)
	pool := map[string]any{}
	w.pool.size(a, pool)
	if len(pool) == 0 && !given("nodepool-name") {
		return body, nil
	}
	var names []string
	for _, p := range present.Properties.AgentPoolProfiles {
		names = append(names, p.Name)
	}
	if !slices.Contains(names, w.pool.name) {
		return nil, usage(fmt.Errorf("cluster %s has no pool %s, but %s; name one of them with --nodepool-name, or add a pool with `lotse nodepool add`",
			present.Name, w.pool.name, strings.Join(names, ", ")))
	}
	pool["name"] = w.pool.name
	properties["agentPoolProfiles"] = []any{pool}
	return body, nil
}

// body has what the flags ask for, without the pool, and its properties.
func (w *newCluster) body(a asked) (body, properties map[string]any) {
	properties, network, issuer, channels := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	a.set(properties, "kubernetesVersion", "kubernetes-version", w.version)
	a.set(properties, "nodeResourceGroup", "node-resource-group", w.nodeGroup)
	a.set(network, "networkPlugin", "network-plugin", w.plugin)
	a.set(network, "podCidr", "pod-cidr", w.podCIDR)
	a.set(network, "serviceCidr", "service-cidr", w.serviceCIDR)
	a.set(network, "dnsServiceIP", "dns-service-ip", w.dnsIP)
	if len(network) > 0 {
		properties["networkProfile"] = network
	}
	a.set(issuer, "enabled", "enable-oidc-issuer", w.issuer)
	if len(issuer) > 0 {
		properties["oidcIssuerProfile"] = issuer
	}
	a.set(channels, "upgradeChannel", "auto-upgrade-channel", w.upgradeChannel)
	a.set(channels, "nodeOSUpgradeChannel", "node-os-upgrade-channel", w.nodeOSChannel)
	if len(channels) > 0 {
		properties["autoUpgradeProfile"] = channels
	}
	body = map[string]any{"properties": properties}
	a.set(body, "location", "location", w.location)
	a.set(body, "tags", "tags", w.tags)
	return body, properties
}
