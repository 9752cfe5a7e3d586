package main

import (
	"testing"

	"k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfigOf a context of the name, with its cluster's server and its user.
func kubeconfigOf(context, cluster, server, user string) *api.Config {
	c := api.NewConfig()
	if server != "" {
		c.Clusters[cluster] = &api.Cluster{Server: server}
	}
	c.AuthInfos[user] = &api.AuthInfo{Token: "t"}
	c.Contexts[context] = &api.Context{Cluster: cluster, AuthInfo: user}
	c.CurrentContext = context
	return c
}

func TestTaken(t *testing.T) {
	const own, other = "https://own:1", "https://other:1"
	added := kubeconfigOf("demo", "demo", own, "clusterUser_g_demo")
	for sentence, c := range map[string]struct {
		all  *api.Config
		want string
	}{
		"an empty file takes no name":                     {api.NewConfig(), ""},
		"the same cluster is refreshed":                   {kubeconfigOf("demo", "demo", own, "clusterUser_g_demo"), ""},
		"the same cluster under other names stays beside": {kubeconfigOf("mine", "mine", own, "me"), ""},
		"another cluster's context is kept":               {kubeconfigOf("demo", "theirs", other, "them"), `a context "demo" of another cluster, https://other:1`},
		"another cluster is kept":                         {kubeconfigOf("theirs", "demo", other, "them"), `another cluster "demo", https://other:1`},
		"another cluster's user is kept":                  {kubeconfigOf("theirs", "theirs", other, "clusterUser_g_demo"), `a user "clusterUser_g_demo" of another cluster, https://other:1`},
		"a context without a cluster is replaced":         {kubeconfigOf("demo", "gone", "", "clusterUser_g_demo"), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := taken(c.all, added); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRename(t *testing.T) {
	got := rename(kubeconfigOf("demo", "cluster", "https://own:1", "user"), "second")
	context := got.Contexts["second"]
	if got.CurrentContext != "second" || context == nil || context.Cluster != "second" || context.AuthInfo != "second" ||
		got.Clusters["second"].Server != "https://own:1" || got.AuthInfos["second"].Token != "t" || len(got.Contexts) != 1 {
		t.Errorf("got %+v", got)
	}
	if without := api.NewConfig(); rename(without, "second") != without {
		t.Error("a kubeconfig without a context has nothing to rename")
	}
}
