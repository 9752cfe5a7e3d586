package machine_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// TestAPoolsLife runs the controllers from pool to machine on a real API server, which is the hosted cluster at the same time. The test is
// what is missing there: the kubelet of the host, the machines, and the controllers that protect disks in use.
func TestAPoolsLife(t *testing.T) {
	w := newWorld(t)
	pool := w.makePool(2)

	t.Log("two machines come up and become nodes")
	w.until("the pool is Succeeded", func() bool { return w.state(pool) == v1alpha1.Succeeded })
	if pool.Status.ReadyNodes != 2 || pool.Status.Nodes != 2 || pool.Status.NodeImageVersion != "LotseDebian-12-202611.23.0" {
		t.Errorf("pool status is %+v", pool.Status)
	}
	nodes := w.nodes()
	if len(nodes) != 2 || nodes[0].Labels["kubernetes.azure.com/mode"] != "system" || nodes[0].Labels["node-role.kubernetes.io/web"] != "yes" {
		t.Fatalf("nodes are %v", nodes)
	}
	w.until("the tokens are taken back", func() bool { return len(w.tokens()) == 0 })

	t.Log("a changed label and taint reach the nodes in place")
	w.change(pool, func() {
		pool.Spec.NodeLabels = map[string]string{"tier": "db"}
		pool.Spec.NodeTaints = []string{"dedicated=db:NoSchedule"}
	})
	w.until("the update is Succeeded", func() bool { return w.state(pool) == v1alpha1.Succeeded })
	for _, n := range w.nodes() {
		_, old := n.Labels["node-role.kubernetes.io/web"]
		if n.Labels["tier"] != "db" || old || n.Spec.Taints[len(n.Spec.Taints)-1].Key != "dedicated" {
			t.Errorf("node %s has labels %v and taints %v", n.Name, n.Labels, n.Spec.Taints)
		}
	}

	t.Log("a machine whose Pod is evicted comes back on its disk")
	name := w.nodes()[0].Name
	before, disk := w.pod(name), w.disk(name)
	before.Status.Phase, before.Status.Reason, before.Status.ContainerStatuses = corev1.PodFailed, "Evicted", nil
	w.must(w.Status().Update(t.Context(), before))
	w.until("there is another Pod", func() bool { p := w.pod(name); return p.UID != "" && p.UID != before.UID && p.Status.PodIP != "" })
	if now := w.disk(name); now.UID != disk.UID {
		t.Error("the disk is another one")
	}

	t.Log("scaling down keeps a disruption budget and names it")
	victim := w.nodes()[1].Name
	w.makeBudget("web")
	w.makeWorkload("web-0", victim)
	w.change(pool, func() { pool.Spec.Count = 1 })
	w.until("the budget is named", func() bool {
		w.refresh(pool)
		return strings.Contains(v1alpha1.CurrentOperation(pool).Waiting, "PodDisruptionBudget default/web")
	})
	w.must(w.Delete(t.Context(), &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}}))
	w.until("the pool has shrunk", func() bool { return w.state(pool) == v1alpha1.Succeeded })
	if nodes := w.nodes(); len(nodes) != 1 || nodes[0].Name != name {
		t.Errorf("nodes are %v; want only %s", nodes, name)
	}

	t.Log("scaling up never uses an instance ID again")
	w.change(pool, func() { pool.Spec.Count = 2 })
	w.until("the pool has grown", func() bool { return w.state(pool) == v1alpha1.Succeeded })
	if nodes := w.nodes(); len(nodes) != 2 || !strings.HasSuffix(nodes[1].Name, "000002") {
		t.Errorf("nodes are %s and %s", nodes[0].Name, nodes[1].Name)
	}

	t.Log("a deleted pool leaves nothing")
	w.must(w.Delete(t.Context(), pool))
	w.until("the pool is gone", func() bool { return apierrors.IsNotFound(w.Get(t.Context(), client.ObjectKeyFromObject(pool), pool)) })
	pods, disks, secrets := &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}, &corev1.SecretList{}
	for _, l := range []client.ObjectList{pods, disks, secrets} {
		w.must(w.List(t.Context(), l, client.InNamespace(w.machinesNamespace())))
	}
	if n := len(pods.Items) + len(disks.Items) + len(secrets.Items) + len(w.nodes()) + len(w.tokens()); n > 0 {
		t.Errorf("%d objects are left", n)
	}
}

func (w *world) makePool(count int32) *v1alpha1.AgentPool {
	pool := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.cluster.Namespace, Name: v1alpha1.ObjectName(v1alpha1.AgentPoolID(subscription, "group", "cluster", "web"))},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: w.cluster.Name, Name: "web", AgentPoolSpec: v1alpha1.AgentPoolSpec{
			Mode: v1alpha1.SystemPool, Count: count, VMSize: "Standard_DS2_v2", MaxPods: 110, OrchestratorVersion: "1.37.2", Release: "v1",
			NodeLabels: map[string]string{"tier": "web", "node-role.kubernetes.io/web": "yes"},
		}},
	}
	w.must(w.Create(w.t.Context(), pool))
	return pool
}

func (w *world) makeBudget(name string) {
	one := intstr.FromInt32(1)
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}},
	}
	w.must(w.Create(w.t.Context(), budget))
	budget.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: budget.Generation, DesiredHealthy: 1, CurrentHealthy: 1, ExpectedPods: 1}
	w.must(w.Status().Update(w.t.Context(), budget))
}

// makeWorkload puts a running Pod of app "web" on a node.
func (w *world) makeWorkload(name, node string) {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}
	w.must(w.Create(w.t.Context(), p))
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	w.must(w.Status().Update(w.t.Context(), p))
}

func (w *world) change(pool *v1alpha1.AgentPool, edit func()) {
	w.refresh(pool)
	edit()
	w.must(w.Update(w.t.Context(), pool))
}

func (w *world) state(pool *v1alpha1.AgentPool) v1alpha1.OperationState {
	w.refresh(pool)
	return v1alpha1.CurrentOperation(pool).State
}

func (w *world) refresh(pool *v1alpha1.AgentPool) {
	w.must(w.Get(w.t.Context(), client.ObjectKeyFromObject(pool), pool))
}

func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain until %s:\n%s", what, w.report())
		}
	}
}
