package arm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// differentPools of one cluster are made, changed and deleted at once, as Terraform does. It does not repeat what answers 409.
func differentPools(t *testing.T, w *world) {
	const many = 12
	p := w.poolsOf(t, "beside", systemPool("sys"))
	name := func(i int) string { return fmt.Sprintf("np%d", i) }
	etag := w.want(t, w.do(p.token, "GET", p.cluster+v, ""), 200, "").Header.Get("ETag")
	for _, step := range []struct {
		method, body, shown string
		status              int
	}{
		{"PUT", `{"properties":{"count":1}}`, "User Creating", 201},
		{"PUT", `{"properties":{"count":2}}`, "User Scaling", 200},
		{"DELETE", "", "", 202},
	} {
		w.operator.paused.Store(true)
		answers := together(many, func(i int) answer { return w.replica(i, p.token, step.method, p.pool(name(i)), step.body) })
		for _, a := range answers {
			w.want(t, a, step.status, "")
		}
		if step.shown != "" {
			p.busyWith(t, name(3), step.shown, many)
		}
		w.operator.paused.Store(false)
		for _, a := range answers {
			w.succeed(t, p.token, a)
		}
	}
	if states := p.states(t); len(states) != 1 || states["sys"] != "System Succeeded" {
		t.Errorf("the cluster is left with %v", states)
	}
	if after := w.do(p.token, "GET", p.cluster+v, "").Header.Get("ETag"); after != etag {
		t.Errorf("operations of pools changed the cluster's etag from %s to %s", etag, after)
	}
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// busyWith checks what is shown and refused while all pools but the System pool have an operation in progress.
func (p poolsWorld) busyWith(t *testing.T, one, shown string, many int) {
	t.Helper()
	states := p.states(t)
	for name, state := range states {
		if want := map[bool]string{true: "System Succeeded", false: shown}[name == "sys"]; state != want {
			t.Errorf("pool %s is %s, want %s", name, state, want)
		}
	}
	if len(states) != many+1 {
		t.Errorf("the cluster shows %d pools, want %d", len(states), many+1)
	}
	if state := p.do(p.token, "GET", p.cluster+v, "").at("properties.provisioningState"); state != "Succeeded" {
		t.Errorf("the cluster is %v while its pools have operations", state)
	}
	for what, a := range map[string]answer{
		"the same pool":      p.do(p.token, "PUT", p.pool(one), `{"properties":{"count":3}}`),
		"the cluster":        p.do(p.token, "PUT", p.cluster+v, `{"tags":{"a":"b"}}`),
		"the cluster's tags": p.do(p.token, "PATCH", p.cluster+v, `{"tags":{"a":"b"}}`),
	} {
		if p.want(t, a, 409, "OperationNotAllowed"); a.Header.Get("Retry-After") == "" || !strings.Contains(string(a.body), "agent pool operation (operation ID: ") {
			t.Errorf("%s, to be repeated after %q: %s", what, a.Header.Get("Retry-After"), a.body)
		}
	}
}

// samePool written twice at once has one operation.
func samePool(t *testing.T, w *world) {
	p := w.poolsOf(t, "alone", systemPool("sys"))
	for _, body := range []string{`{"properties":{"count":1}}`, `{"properties":{"count":2}}`} {
		w.operator.paused.Store(true)
		answers := together(8, func(i int) answer { return w.replica(i, p.token, "PUT", p.pool("np1"), body) })
		if n := count(t, answers, "409 OperationNotAllowed"); n != 1 {
			t.Errorf("%d of 8 equal writes were admitted, want one", n)
		}
		w.operator.paused.Store(false)
		p.idle(t)
	}
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// clusterOrPools: a cluster's operation and its pools' exclude each other, whichever comes first. Several rounds have both orders.
func clusterOrPools(t *testing.T, w *world) {
	p := w.poolsOf(t, "either", systemPool("sys"))
	for round := range 6 {
		w.operator.paused.Store(true)
		answers := together(5, func(i int) answer {
			if i == round%5 {
				return w.replica(round, p.token, "PUT", p.cluster+v, fmt.Sprintf(`{"tags":{"round":"%d"}}`, round))
			}
			return w.replica(i, p.token, "PUT", p.pool(fmt.Sprintf("np%d", i)), fmt.Sprintf(`{"properties":{"count":%d}}`, round+1))
		})
		pools := count(t, slices.Delete(slices.Clone(answers), round%5, round%5+1), "409 OperationNotAllowed")
		if cluster := count(t, answers[round%5:round%5+1], "409 OperationNotAllowed"); cluster == 1 && pools > 0 || cluster == 0 && pools != 4 {
			t.Errorf("round %d: %d writes of the cluster and %d of 4 pools were admitted", round, cluster, pools)
		}
		w.operator.paused.Store(false)
		p.idle(t)
		w.until(t, "the cluster to be idle", func() bool {
			return w.do(p.token, "GET", p.cluster+v, "").at("properties.provisioningState") == "Succeeded"
		})
	}
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// lastSystemPools go at once, by a delete or by a change of mode: one of them stays.
func lastSystemPools(t *testing.T, w *world) {
	p := w.poolsOf(t, "sys", systemPool("a"), systemPool("b"), systemPool("c"))
	for round := range 4 {
		w.operator.paused.Store(true)
		answers := together(3, func(i int) answer {
			name := []string{"a", "b", "c"}[i]
			if (i+round)%2 == 0 {
				return w.replica(i, p.token, "DELETE", p.pool(name), "")
			}
			return w.replica(i+round, p.token, "PUT", p.pool(name), `{"properties":{"mode":"User"}}`)
		})
		if n := count(t, answers, "400 BadRequest", "400 InvalidParameter"); n != 2 {
			t.Errorf("round %d: %d of the last 3 System pools could go, want 2", round, n)
		}
		w.operator.paused.Store(false)
		p.idle(t)
		systems := 0
		for _, state := range p.states(t) {
			if strings.HasPrefix(state, "System") {
				systems++
			}
		}
		if systems != 1 {
			t.Fatalf("round %d: the cluster has %d System pools: %v", round, systems, p.states(t))
		}
		for _, name := range []string{"a", "b", "c"} {
			a := w.do(p.token, "PUT", p.pool(name), `{"properties":{"mode":"System","count":1}}`)
			if a.StatusCode >= 300 {
				t.Fatalf("got %d %s", a.StatusCode, a.body)
			}
		}
		p.idle(t)
	}
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// unwrittenPool: what the cluster's last write is yet to make of a pool would undo a write of the pool by itself.
func unwrittenPool(t *testing.T, w *world) {
	p := w.poolsOf(t, "unwritten", systemPool("sys"), systemPool("sys2"))
	w.operator.paused.Store(true)
	c := &v1alpha1.ManagedCluster{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(p.cluster)}
	must(t, w.client.Get(t.Context(), key, c))
	applied := c.Status.PoolsAppliedGeneration
	set := func(generation int64) {
		before := c.DeepCopy()
		c.Status.PoolsAppliedGeneration = generation
		must(t, w.client.Status().Patch(t.Context(), c, client.MergeFrom(before)))
	}
	set(0)
	for _, method := range []string{"PUT", "DELETE"} {
		if a := w.want(t, w.do(p.token, method, p.pool("sys"), `{"properties":{"count":2}}`), 409, "OperationNotAllowed"); !strings.Contains(string(a.body), "Repeat the write of the cluster first") {
			t.Errorf("%s: %s", method, a.body)
		}
	}
	other := w.want(t, w.do(p.token, "PUT", p.pool("other"), `{"properties":{"count":1}}`), 201, "")
	set(applied)
	w.operator.paused.Store(false)
	w.succeed(t, p.token, other)
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.pool("sys"), ""), 202, ""))
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}
