package arm_test

import (
	"fmt"
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/capacity"
)

// quotasAtOnce: pools that a quota permits alone but not together are not all admitted.
func quotasAtOnce(t *testing.T, w *world) {
	p := w.poolsOf(t, "counted", systemPool("sys"))
	defer w.setQuotas(t, sub1, v1alpha1.Quotas{})
	for what, q := range map[string]v1alpha1.Quotas{
		"pools": {PoolsPerCluster: new(int32(4))}, "nodes": {NodesPerCluster: new(int32(7))},
	} {
		w.setQuotas(t, sub1, q)
		limits := (&v1alpha1.Subscription{Spec: v1alpha1.SubscriptionSpec{Quotas: q}}).Limits()
		w.until(t, "the front doors to see the quota", func() bool { // they read the subscription from a cache
			usages := w.do(p.token, "GET", s1+"/providers/Microsoft.ContainerService/locations/local/usages"+v, "")
			return usages.at("value.1.limit") == float64(limits.PoolsPerCluster) && usages.at("value.2.limit") == float64(limits.NodesPerCluster)
		})
		w.operator.paused.Store(true)
		answers := together(8, func(i int) answer {
			return w.replica(i, p.token, "PUT", p.pool(fmt.Sprintf("np%d", i)), `{"properties":{"count":2}}`)
		})
		if n := count(t, answers, "400 QuotaExceeded"); n != 3 || len(p.states(t)) != 4 {
			t.Errorf("%d of 8 pools were admitted where the quota of %s allows 3: %v", n, what, p.states(t))
		}
		w.operator.paused.Store(false)
		p.idle(t)
		for name := range p.states(t) {
			if name != "sys" {
				w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.pool(name), ""), 202, ""))
			}
		}
	}
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// capacityAtOnce: neither are pools for which there is capacity alone, also while what the front doors see of the others lags.
func capacityAtOnce(t *testing.T, w *world) {
	p := w.poolsOf(t, "fits", systemPool("sys"))
	var taken int64 // bytes that are promised to what there is: no Pod of it exists here
	var clusters v1alpha1.ManagedClusterList
	var pools v1alpha1.AgentPoolList
	must(t, w.client.List(t.Context(), &clusters))
	must(t, w.client.List(t.Context(), &pools))
	for _, r := range capacity.ControlPlane {
		taken += int64(len(clusters.Items)) * r.Memory
	}
	for _, one := range pools.Items {
		taken += int64(one.Spec.Count) * capacity.Machine.Memory
	}
	removeHost := w.host(t, taken+3*capacity.Machine.Memory)
	release := w.observed.hold(t)
	w.operator.paused.Store(true)
	answers := together(8, func(i int) answer {
		return w.replica(i, p.token, "PUT", p.pool(fmt.Sprintf("np%d", i)), `{"properties":{"count":1}}`)
	})
	if n := count(t, answers, "409 AllocationFailed"); n != 3 {
		t.Errorf("%d pools of one node were admitted at once where 3 have capacity", n)
	}
	w.operator.paused.Store(false)
	release()
	removeHost()
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}
