package main

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/client-go/tools/clientcmd/api"
)

// taken is what belongs to another cluster and has a name that an added entry needs; "" if nothing does. Clusters are distinguished by
// their servers' addresses. Entries that no cluster uses can be replaced.
func taken(all, added *api.Config) string {
	own := map[string]bool{}
	for _, c := range added.Clusters {
		own[c.Server] = true
	}
	for _, name := range slices.Sorted(maps.Keys(added.Contexts)) {
		if server := serverOf(all, all.Contexts[name]); server != "" && !own[server] {
			return fmt.Sprintf("a context %q of another cluster, %s", name, server)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(added.Clusters)) {
		if have := all.Clusters[name]; have != nil && !own[have.Server] {
			return fmt.Sprintf("another cluster %q, %s", name, have.Server)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all.Contexts)) {
		context := all.Contexts[name]
		server := serverOf(all, context)
		if _, needed := added.AuthInfos[context.AuthInfo]; needed && server != "" && !own[server] {
			return fmt.Sprintf("a user %q of another cluster, %s", context.AuthInfo, server)
		}
	}
	return ""
}

// serverOf a context; "" if there is no such context, or no such cluster.
func serverOf(all *api.Config, context *api.Context) string {
	if context == nil || all.Clusters[context.Cluster] == nil {
		return ""
	}
	return all.Clusters[context.Cluster].Server
}

// rename gives the current context, its cluster and its user one name, and drops other entries.
func rename(config *api.Config, name string) *api.Config {
	renamed, context := api.NewConfig(), config.Contexts[config.CurrentContext]
	if context == nil {
		return config
	}
	renamed.Clusters[name] = config.Clusters[context.Cluster]
	renamed.AuthInfos[name] = config.AuthInfos[context.AuthInfo]
	renamed.Contexts[name] = context.DeepCopy()
	renamed.Contexts[name].Cluster, renamed.Contexts[name].AuthInfo = name, name
	renamed.CurrentContext = name
	return renamed
}
