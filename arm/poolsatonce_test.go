package arm_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/capacity"
)

// lagging reads what runs on the management cluster, as the manager's cache does. While it is held, it shows the pools as they were.
type lagging struct {
	client.Reader
	mu   sync.Mutex
	held *v1alpha1.AgentPoolList
}

func (l *lagging) hold(t *testing.T) (release func()) {
	t.Helper()
	pools := &v1alpha1.AgentPoolList{}
	must(t, l.Reader.List(t.Context(), pools))
	set := func(p *v1alpha1.AgentPoolList) { l.mu.Lock(); defer l.mu.Unlock(); l.held = p }
	set(pools)
	return func() { set(nil) }
}

func (l *lagging) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if pools, ok := list.(*v1alpha1.AgentPoolList); ok && l.held != nil {
		l.held.DeepCopyInto(pools)
		return nil
	}
	return l.Reader.List(ctx, list, options...)
}

// replica sends a request to one of several front doors over the same API server.
func (w *world) replica(i int, token, method, path, body string) answer {
	i %= 1 + len(w.others)
	if i == 0 {
		return w.do(token, method, path, body)
	}
	r := httptest.NewRequest(method, w.server.URL+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	w.others[i-1].ServeHTTP(recorder, r)
	result := recorder.Result()
	result.Request = r
	return answer{result, recorder.Body.Bytes()}
}

// poolsWorld is a cluster with its own few pools, which these tests write at once through several replicas.
type poolsWorld struct {
	*world
	token, cluster string
}

func (w *world) poolsOf(t *testing.T, name string, profiles ...string) poolsWorld {
	t.Helper()
	p := poolsWorld{w, w.token(admin), rg + clustersOf + name}
	body := fmt.Sprintf(`{"location":"local","properties":{"agentPoolProfiles":[%s]}}`, strings.Join(profiles, ","))
	w.succeed(t, p.token, w.want(t, w.do(p.token, "PUT", p.cluster+v, body), 201, ""))
	return p
}

func systemPool(name string) string {
	return fmt.Sprintf(`{"name":%q,"mode":"System","count":1}`, name)
}

func (p poolsWorld) pool(name string) string { return p.cluster + "/agentPools/" + name + v }

// states of the pools as the cluster's own document has them, by name.
func (p poolsWorld) states(t *testing.T) map[string]string {
	t.Helper()
	shown := p.want(t, p.do(p.token, "GET", p.cluster+v, ""), 200, "")
	states := map[string]string{}
	all, _ := shown.at("properties.agentPoolProfiles").([]any)
	for _, one := range all {
		profile, _ := one.(map[string]any)
		states[fmt.Sprint(profile["name"])] = fmt.Sprint(profile["mode"], " ", profile["provisioningState"])
	}
	return states
}

func (p poolsWorld) idle(t *testing.T) {
	t.Helper()
	p.until(t, "the pools to be idle", func() bool {
		for _, state := range p.states(t) {
			if strings.HasSuffix(state, "ing") {
				return false
			}
		}
		return true
	})
}

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

// quotasAtOnce and capacity: pools that fit alone but not together are not both admitted.
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

// host of the management cluster with so many bytes of memory.
func (w *world) host(t *testing.T, memory int64) (remove func()) {
	t.Helper()
	host := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "small-host"}}
	must(t, w.client.Create(t.Context(), host))
	host.Status.Allocatable = corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("100"), corev1.ResourceMemory: *resource.NewQuantity(memory, resource.BinarySI),
		corev1.ResourcePods: resource.MustParse("1000"),
	}
	must(t, w.client.Status().Update(t.Context(), host))
	must(t, w.client.Get(t.Context(), client.ObjectKeyFromObject(host), host))
	host.Spec.Taints = nil // the API server tainted it as not ready
	must(t, w.client.Update(t.Context(), host))
	return func() { must(t, w.client.Delete(t.Context(), host)) }
}
