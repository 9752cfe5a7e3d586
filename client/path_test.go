package client

import (
	"encoding/json"
	"net/url"
	"testing"
)

func TestPathsCarryTheVersionOfTheirProvider(t *testing.T) {
	c := &Client{Credential: Credential{SubscriptionID: "s"}}
	const clusters = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters"
	for sentence, tt := range map[string]struct{ path, want string }{
		"subscriptions":                  {SubscriptionsPath, "/subscriptions?api-version=2019-11-01"},
		"one subscription is a resource": {SubscriptionPath("s"), "/subscriptions/s?api-version=2021-04-01"},
		"a group":                        {c.GroupPath("a b"), "/subscriptions/s/resourceGroups/a%20b?api-version=2021-04-01"},
		"clusters of a group":            {c.ClustersPath("g"), clusters + "?api-version=2025-02-01"},
		"clusters of the subscription":   {c.ClustersPath(""), "/subscriptions/s/providers/Microsoft.ContainerService/managedClusters?api-version=2025-02-01"},
		"a pool that is deleted without regard to disruption budgets": {
			IgnoringBudgets(c.NodePoolPath("g", "c", "p")), clusters + "/c/agentPools/p?ignore-pod-disruption-budget=true&api-version=2025-02-01"},
		"a pool":                              {c.NodePoolPath("g", "c", "p"), clusters + "/c/agentPools/p?api-version=2025-02-01"},
		"a component's log":                   {c.ComponentLogsPath("g", "c", "etcd"), clusters + "/c/providers/Lotse.Operations/components/etcd/logs?api-version=2026-11-01"},
		"roles at a cluster":                  {RoleAssignmentsPath(c.ClusterPath("g", "c")), clusters + "/c/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"},
		"roles above everything":              {RoleDefinitionsPath("/"), "/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01"},
		"secrets of a principal":              {SecretsPath("p"), "/providers/Lotse.Identity/principals/p/secrets?api-version=2026-11-01"},
		"a subscription as its operator sees": {OperatedSubscriptionPath("s"), "/providers/Lotse.Subscription/subscriptions/s?api-version=2026-11-01"},
		"the whole audit log":                 {AuditPath("", nil), "/providers/Lotse.Audit/records?api-version=2026-11-01"},
		"a part of a subscription's audit log": {AuditPath("s", url.Values{"$top": {"5"}}),
			"/subscriptions/s/providers/Lotse.Audit/records?%24top=5&api-version=2026-11-01"},
		"a path that names its version keeps it": {"/x?api-version=1", "/x?api-version=1"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := withVersion(tt.path); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestViewsOfAClusterAndItsPools(t *testing.T) {
	cluster, err := View[Cluster]([]byte(`{"id":"/subscriptions/s/resourcegroups/web/providers/x","properties":{
		"kubernetesVersion":"1.37","agentPoolProfiles":[{"count":2},{"count":3}]}}`))
	if err != nil || cluster.Group() != "web" || cluster.Nodes() != 5 || cluster.Version() != "1.37" {
		t.Errorf("group %q, %d nodes, version %q, %v", cluster.Group(), cluster.Nodes(), cluster.Version(), err)
	}
	cluster.Properties.CurrentKubernetesVersion = "1.36.3"
	if cluster.Version() != "1.36.3" {
		t.Errorf("version %q, want the one that runs", cluster.Version())
	}
	pool := NodePool{ID: "/subscriptions/s/resourceGroups/web/providers/x/managedclusters/prod/agentPools/p"}
	if pool.Cluster() != "prod" || (NodePool{}).Cluster() != "" {
		t.Errorf("cluster %q", pool.Cluster())
	}
	if _, err := Views[Cluster]([]json.RawMessage{[]byte(`{"name":1}`)}); err == nil {
		t.Error("a document of another form is taken for a cluster")
	}
}
