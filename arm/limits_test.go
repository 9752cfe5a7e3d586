package arm_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// together sends n requests at the same moment and returns their answers.
func together(n int, send func(i int) answer) []answer {
	answers := make([]answer, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			answers[i] = send(i)
		})
	}
	close(start)
	all.Wait()
	return answers
}

// count the answers by status and code; what is not a plain success must be one of the refusals that are expected.
func count(t *testing.T, answers []answer, refusals ...string) (passed int) {
	t.Helper()
	for _, a := range answers {
		code, _ := a.at("error.code").(string)
		refused := false
		for _, r := range refusals {
			refused = refused || r == fmt.Sprintf("%d %s", a.StatusCode, code)
		}
		switch {
		case a.StatusCode < 300:
			passed++
		case !refused:
			t.Errorf("got %d %s", a.StatusCode, a.body)
		}
	}
	return passed
}

func atOnce(t *testing.T, w *world) {
	token, path := w.token(admin), rg+clustersOf+"twins"
	w.operator.paused.Store(true)
	body := func(i int) string {
		return fmt.Sprintf(`{"location":"local","tags":{"writer":"%d"},"properties":{"agentPoolProfiles":[{"name":"np%d","mode":"System","count":1}]}}`, i, i)
	}
	answers := together(8, func(i int) answer { return w.do(token, "PUT", path+v, body(i)) })
	if n := count(t, answers, "409 OperationNotAllowed"); n != 1 {
		t.Fatalf("%d of 8 first writes were admitted, want one", n)
	}
	made := w.want(t, w.do(token, "GET", path+v, ""), 200, "")
	if got := fmt.Sprint(made.at("properties.agentPoolProfiles.0.name")); got != "np"+fmt.Sprint(made.at("tags.writer")) || made.at("properties.agentPoolProfiles.1") != nil {
		t.Errorf("two writes were merged into one: %s", made.body)
	}
	w.want(t, w.do(token, "PUT", path+v, body(0)), 409, "OperationNotAllowed") // a second later
	w.operator.paused.Store(false)
	w.until(t, "the cluster to be made", func() bool { return w.do(token, "GET", path+v, "").at("properties.provisioningState") == "Succeeded" })
	w.operator.paused.Store(true)
	answers = together(8, func(i int) answer { return w.do(token, "PUT", path+v, fmt.Sprintf(`{"tags":{"second":"%d"}}`, i)) })
	if n := count(t, answers, "409 OperationNotAllowed"); n != 1 {
		t.Errorf("%d of 8 later writes were admitted, want one", n)
	}
	w.operator.paused.Store(false)
	w.succeed(t, token, w.want(t, w.do(token, "DELETE", path+v, ""), 202, ""))
	// A group that goes while clusters are made in it leaves none behind.
	g := s1 + "/resourceGroups/fleeting"
	w.want(t, w.do(token, "PUT", g+v, groupBody), 201, "")
	answers = together(6, func(i int) answer {
		if i == 0 {
			return w.do(token, "DELETE", g+v, "")
		}
		return w.do(token, "PUT", fmt.Sprintf("%s%sc%d%s", g, clustersOf, i, v), created)
	})
	count(t, answers, "404 ResourceGroupNotFound", "409 ResourceGroupBeingDeleted")
	var clusters v1alpha1.ManagedClusterList
	must(t, w.client.List(context.Background(), &clusters, client.InNamespace(v1alpha1.SubscriptionNamespace(sub1))))
	for _, c := range clusters.Items {
		if len(c.OwnerReferences) != 1 || c.OwnerReferences[0].Kind != "ResourceGroup" {
			t.Errorf("cluster %s has no owner: %v", c.Spec.Name, c.OwnerReferences)
		}
		if c.Spec.ResourceGroup == "fleeting" {
			must(t, client.IgnoreNotFound(w.client.Delete(context.Background(), &c))) // what the garbage collector does
		}
	}
}

func lockExpires(t *testing.T, w *world) {
	token := w.token(admin)
	c := &v1alpha1.ManagedCluster{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(v1alpha1.ManagedClusterID(sub1, "rg1", "c1"))}
	lock := func(until time.Time) {
		must(t, w.client.Get(context.Background(), key, c))
		before := c.DeepCopy()
		metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationLock, fmt.Sprintf(`{"kind":"ap","noun":"agent pool","name":"never","until":%q}`, until.Format(time.RFC3339)))
		must(t, w.client.Patch(context.Background(), c, client.MergeFrom(before)))
	}
	lock(time.Now().Add(time.Minute))
	w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"locked":"yes"}}`), 409, "OperationNotAllowed")
	lock(time.Now().Add(-time.Second))
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"locked":"no"}}`), 200, ""))
	must(t, w.client.Get(context.Background(), key, c))
	if text := c.Annotations[v1alpha1.AnnotationLock]; text != "" {
		t.Errorf("the lock %s stays", text)
	}
}

// until polls, and says what it waited for.
func (w *world) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

func (w *world) setQuotas(t *testing.T, id string, q v1alpha1.Quotas) {
	t.Helper()
	s := &v1alpha1.Subscription{}
	must(t, w.client.Get(context.Background(), client.ObjectKey{Name: id}, s))
	before := s.DeepCopy()
	s.Spec.Quotas = q
	must(t, w.client.Patch(context.Background(), s, client.MergeFrom(before)))
}

func quotas(t *testing.T, w *world) {
	token, g := w.token(admin), "/subscriptions/"+sub2+"/resourceGroups/few"
	w.want(t, w.do(token, "PUT", g+v, groupBody), 201, "")
	w.setQuotas(t, sub2, v1alpha1.Quotas{Clusters: new(int32(2)), PoolsPerCluster: new(int32(2)), NodesPerCluster: new(int32(4)), NodesPerPool: new(int32(3))})
	answers := together(8, func(i int) answer { return w.do(token, "PUT", fmt.Sprintf("%s%sc%d%s", g, clustersOf, i, v), created) })
	if n := count(t, answers, "400 QuotaExceeded"); n != 2 {
		t.Fatalf("%d clusters were admitted at once where two are allowed", n)
	}
	over := w.want(t, w.do(token, "PUT", g+clustersOf+"over"+v, created), 400, "QuotaExceeded")
	if m := fmt.Sprint(over.at("error.message")); !strings.Contains(m, "quota limits for managed clusters. Maximum allowed: 2, Current usage: 2, Additional requested: 1.") {
		t.Errorf("got %s", m)
	}
	var one string
	for i, a := range answers {
		if a.StatusCode == 201 {
			one = fmt.Sprintf("%s%sc%d", g, clustersOf, i)
			w.succeed(t, token, a)
		}
	}
	pool := func(name, count string) answer {
		return w.do(token, "PUT", one+"/agentPools/"+name+v, `{"properties":{"count":`+count+`}}`)
	}
	for sentence, a := range map[string]answer{
		"nodes of agent pool 'nodepool1'":  pool("nodepool1", "4"),
		"nodes of agent pool 'np2'":        w.do(token, "PUT", one+v, `{"properties":{"agentPoolProfiles":[{"name":"np2","count":4}]}}`),
		"nodes of a managed cluster":       w.do(token, "PUT", one+v, `{"properties":{"agentPoolProfiles":[{"name":"np2","count":3},{"name":"nodepool1","count":2}]}}`),
		"agent pools of a managed cluster": w.do(token, "PUT", one+v, `{"properties":{"agentPoolProfiles":[{"name":"np2","count":0},{"name":"np3","count":0}]}}`),
	} {
		if w.want(t, a, 400, "QuotaExceeded"); !strings.Contains(string(a.body), sentence) {
			t.Errorf("the answer does not say %q: %s", sentence, a.body)
		}
	}
	w.succeed(t, token, w.want(t, pool("nodepool1", "3"), 200, ""))
	usages := w.want(t, w.do(token, "GET", "/subscriptions/"+sub2+"/providers/Microsoft.ContainerService/locations/local/usages"+v, ""), 200, "")
	for i, want := range []string{"ManagedClusters 2 2", "AgentPoolsPerCluster 1 2", "NodesPerCluster 3 4", "NodesPerAgentPool 3 3"} {
		at := func(field string) any { return usages.at(fmt.Sprintf("value.%d.%s", i, field)) }
		if got := fmt.Sprint(at("name.value"), " ", at("currentValue"), " ", at("limit")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// A quota that is lowered takes nothing away and refuses growth only.
	w.setQuotas(t, sub2, v1alpha1.Quotas{Clusters: new(int32(0)), NodesPerCluster: new(int32(1)), NodesPerPool: new(int32(1))})
	w.succeed(t, token, w.want(t, w.do(token, "PUT", one+v, `{"tags":{"still":"possible"}}`), 200, ""))
	w.succeed(t, token, w.want(t, pool("nodepool1", "2"), 200, ""))
	w.want(t, pool("nodepool1", "3"), 400, "QuotaExceeded")
	w.setQuotas(t, sub2, v1alpha1.Quotas{})
	w.succeed(t, token, w.want(t, w.do(token, "DELETE", one+v, ""), 202, ""))
	var s v1alpha1.Subscription
	must(t, w.client.Get(context.Background(), client.ObjectKey{Name: sub2}, &s))
	if text := s.Annotations[v1alpha1.AnnotationReservations]; text != "" {
		t.Errorf("reservations stay behind: %s", text)
	}
}

func capacityAhead(t *testing.T, w *world) {
	token := w.token(admin)
	host := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "host"}}
	must(t, w.client.Create(context.Background(), host))
	defer func() { must(t, w.client.Delete(context.Background(), host)) }()
	host.Status = corev1.NodeStatus{
		Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "172.20.0.4"}},
		Allocatable: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("8Gi"),
			corev1.ResourcePods: resource.MustParse("110")},
	}
	must(t, w.client.Status().Update(context.Background(), host))
	must(t, w.client.Get(context.Background(), client.ObjectKeyFromObject(host), host))
	host.Spec.Taints = nil // the API server tainted it as not ready
	must(t, w.client.Update(context.Background(), host))
	body := func(n int, network string) string {
		return fmt.Sprintf(`{"location":"local","properties":{"networkProfile":{%s},"agentPoolProfiles":[{"name":"np1","mode":"System","count":%d}]}}`, network, n)
	}
	full := w.want(t, w.do(token, "PUT", rg+clustersOf+"large"+v, body(100, "")), 409, "AllocationFailed")
	if !strings.Contains(string(full.body), "512 MiB of memory") || full.at("error.target") != "properties.agentPoolProfiles" {
		t.Errorf("got %s", full.body)
	}
	scaled := w.want(t, w.do(token, "PUT", mc+"/agentPools/nodepool1"+v, `{"properties":{"count":100}}`), 409, "AllocationFailed")
	if scaled.at("error.target") != "properties.count" {
		t.Errorf("got %s", scaled.body)
	}
	w.want(t, w.do(token, "GET", rg+clustersOf+"large"+v, ""), 404, "ResourceNotFound")
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"no":"growth"}}`), 200, ""))
	overlapping := w.want(t, w.do(token, "PUT", rg+clustersOf+"overlapping"+v, body(1, `"podCidr":"172.20.0.0/16"`)), 400, "InvalidParameter")
	if overlapping.at("error.target") != "properties.networkProfile.podCidr" || !strings.Contains(string(overlapping.body), "172.20.0.4/32") {
		t.Errorf("the host's own address is overlapped: %s", overlapping.body)
	}
	host.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue}}
	must(t, w.client.Status().Update(context.Background(), host))
	disk := w.want(t, w.do(token, "PUT", rg+clustersOf+"disk"+v, body(1, "")), 409, "AllocationFailed")
	if !strings.Contains(string(disk.body), "disk is nearly full") {
		t.Errorf("got %s", disk.body)
	}
}

func failedPool(t *testing.T, w *world) {
	token, np := w.token(admin), mc+"/agentPools/np3"
	w.operator.failPool.Store(&v1alpha1.OperationError{Code: "AllocationFailed", Message: "no host has capacity"})
	end := w.settle(t, token, w.want(t, w.do(token, "PUT", np+v, `{"properties":{"nodeLabels":{"f":"1"}}}`), 200, ""))
	if end.at("status") != "Failed" || end.at("error.code") != "AllocationFailed" {
		t.Errorf("got %s", end.body)
	}
	w.operator.failPool.Store(nil)
	w.succeed(t, token, w.want(t, w.do(token, "PATCH", mc+v, `{"tags":{"only":"tags"}}`), 200, ""))
	if a := w.do(token, "GET", np+v, ""); a.at("properties.provisioningState") != "Failed" {
		t.Errorf("tags repeated a pool's operation: %s", a.body)
	}
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"only":"tags"}}`), 200, ""))
	if a := w.do(token, "GET", np+v, ""); a.at("properties.provisioningState") != "Succeeded" {
		t.Errorf("the cluster's write did not repeat the failed pool's operation: %s", a.body)
	}
}
