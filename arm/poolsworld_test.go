package arm_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
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
	w.replicas.several.Store(true)
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
