package arm_test

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// createdWithItsCluster: what a write of the cluster gave a pool can be taken away by a write of the pool.
func createdWithItsCluster(t *testing.T, w *world) {
	token, born := w.token(admin), rg+"/providers/Microsoft.ContainerService/managedClusters/born"
	w.succeed(t, token, w.want(t, w.do(token, "PUT", born+v, `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":1,
		"nodeLabels":{"a":"b","c":"d"},"nodeTaints":["CriticalAddonsOnly=true:NoSchedule"],"tags":{"t":"1","u":"2"}}]}}`), 201, ""))
	put := w.want(t, w.do(token, "PUT", born+"/agentPools/np1"+v, `{"properties":{"nodeLabels":{"c":"d"},"nodeTaints":[],"tags":{"u":"2"}}}`), 200, "")
	w.succeed(t, token, put)
	show := w.want(t, w.do(token, "GET", born+"/agentPools/np1"+v, ""), 200, "")
	labels, _ := show.at("properties.nodeLabels").(map[string]any)
	tags, _ := show.at("properties.tags").(map[string]any)
	if taints := show.at("properties.nodeTaints"); len(labels) != 1 || labels["c"] != "d" || len(tags) != 1 || tags["u"] != "2" || taints != nil {
		t.Errorf("labels %v, tags %v, taints %v", labels, tags, taints)
	}
	p := &v1alpha1.AgentPool{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1),
		Name: v1alpha1.ObjectName(v1alpha1.AgentPoolID(sub1, "rg1", "born", "np1"))}
	must(t, w.client.Get(t.Context(), key, p))
	if p.Generation != 2 {
		t.Errorf("one write made the pool's generation %d", p.Generation)
	}
	w.succeed(t, token, w.want(t, w.do(token, "DELETE", born+v, ""), 202, ""))
}
