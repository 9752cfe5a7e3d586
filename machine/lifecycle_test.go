package machine_test

import (
	"slices"
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
	"lotse.dev/apply"
	"lotse.dev/machine/pulltoken"
)

// TestLifecycleOfAPool runs the controllers from pool to machine on a real API server, which is the hosted cluster at the same time. The test
// simulates what is missing there: the kubelet of the host, the machines, and the controllers that protect disks in use.
func TestLifecycleOfAPool(t *testing.T) {
	e := newEnvironment(t)
	pool := e.createPool(2)

	t.Log("two machines come up and become nodes")
	e.until("the pool is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if pool.Status.ReadyNodes != 2 || pool.Status.Nodes != 2 || pool.Status.NodeImageVersion != "LotseDebian-12-202611.23.0" {
		t.Errorf("pool status is %+v", pool.Status)
	}
	nodes := e.nodes()
	if len(nodes) != 2 || nodes[0].Labels["kubernetes.azure.com/mode"] != "system" || nodes[0].Labels["node-role.kubernetes.io/web"] != "yes" {
		t.Fatalf("nodes are %v", nodes)
	}
	e.until("the tokens are revoked", func() bool { return len(e.tokens()) == 0 })

	t.Log("each has a token for its subscription's images, also after its Secret was written for other reasons")
	for _, n := range nodes {
		left, whose, cluster := e.pullToken(n.Name)
		if left < pulltoken.Renew || whose != subscription || cluster != string(e.cluster.UID) {
			t.Errorf("the token of %s is valid for %s, for subscription %s and cluster %s", n.Name, left, whose, cluster)
		}
	}

	t.Log("a token that was lost is replaced")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.machinesNamespace(), Name: nodes[0].Name}}
	e.must(e.Get(t.Context(), client.ObjectKeyFromObject(secret), secret))
	delete(secret.Data, "pull-token")
	e.must(e.Update(t.Context(), secret))

	t.Log("a changed label and taint reach the nodes in place")
	e.change(pool, func() {
		pool.Spec.NodeLabels = map[string]string{"tier": "db", "extra": "yes"}
		pool.Spec.NodeTaints = []string{"dedicated=db:NoSchedule"}
	})
	e.until("the update is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	for _, n := range e.nodes() {
		_, old := n.Labels["node-role.kubernetes.io/web"]
		if n.Labels["tier"] != "db" || old || n.Spec.Taints[len(n.Spec.Taints)-1].Key != "dedicated" {
			t.Errorf("node %s has labels %v and taints %v", n.Name, n.Labels, n.Spec.Taints)
		}
	}

	t.Log("a label, a taint and a tag that a write of the pool drops are gone from the scale set and the nodes")
	e.dropExtras(pool)
	e.until("the update is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	e.wantNoExtras()
	e.until("the token is there again", func() bool {
		e.must(e.Get(t.Context(), client.ObjectKeyFromObject(secret), secret))
		return len(secret.Data["pull-token"]) > 0
	})

	t.Log("a machine whose Pod is evicted starts again on its disk")
	name := e.nodes()[0].Name
	before, disk := e.pod(name), e.disk(name)
	before.Status.Phase, before.Status.Reason, before.Status.ContainerStatuses = corev1.PodFailed, "Evicted", nil
	e.must(e.Status().Update(t.Context(), before))
	e.until("there is another Pod", func() bool { p := e.pod(name); return p.UID != "" && p.UID != before.UID && p.Status.PodIP != "" })
	if now := e.disk(name); now.UID != disk.UID {
		t.Error("the disk is another one")
	}

	t.Log("scaling down respects a disruption budget and names it")
	removed := e.nodes()[1].Name
	e.createBudget("web")
	e.createWorkload("web-0", removed)
	e.change(pool, func() { pool.Spec.Count = 1 })
	e.until("the budget is named", func() bool {
		e.refresh(pool)
		return strings.Contains(v1alpha1.CurrentOperation(pool).Waiting, "PodDisruptionBudget default/web")
	})
	e.must(e.Delete(t.Context(), &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}}))
	e.until("the pool has shrunk", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if nodes := e.nodes(); len(nodes) != 1 || nodes[0].Name != name {
		t.Errorf("nodes are %v; want only %s", nodes, name)
	}

	t.Log("scaling up never uses an instance ID again")
	e.change(pool, func() { pool.Spec.Count = 2 })
	e.until("the pool has grown", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if nodes := e.nodes(); len(nodes) != 2 || !strings.HasSuffix(nodes[1].Name, "000002") {
		t.Errorf("nodes are %s and %s", nodes[0].Name, nodes[1].Name)
	}

	t.Log("a deleted pool leaves no objects, also under a disruption budget if its deletion ignores them")
	e.createBudget("web")
	e.createWorkload("web-1", name)
	e.refresh(pool)
	metav1.SetMetaDataAnnotation(&pool.ObjectMeta, v1alpha1.AnnotationIgnoreBudgets, "true")
	e.must(e.Update(t.Context(), pool))
	e.must(e.Delete(t.Context(), pool))
	e.until("the pool is gone", func() bool { return apierrors.IsNotFound(e.Get(t.Context(), client.ObjectKeyFromObject(pool), pool)) })
	pods, disks, secrets := &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}, &corev1.SecretList{}
	for _, l := range []client.ObjectList{pods, disks, secrets} {
		e.must(e.List(t.Context(), l, client.InNamespace(e.machinesNamespace())))
	}
	if n := len(pods.Items) + len(disks.Items) + len(secrets.Items) + len(e.nodes()) + len(e.tokens()); n > 0 {
		t.Errorf("%d objects are left", n)
	}
}

func (e *environment) createPool(count int32) *v1alpha1.AgentPool {
	pool := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.cluster.Namespace, Name: v1alpha1.ObjectName(v1alpha1.AgentPoolID(subscription, "group", "cluster", "web"))},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: e.cluster.Name, Name: "web", AgentPoolSpec: v1alpha1.AgentPoolSpec{
			Mode: v1alpha1.SystemPool, Count: count, VMSize: "Standard_DS2_v2", MaxPods: 110, OrchestratorVersion: "1.37.2", Release: "v1",
			NodeLabels: map[string]string{"tier": "web", "node-role.kubernetes.io/web": "yes"},
			Tags:       map[string]string{"extra": "yes"},
		}},
	}
	e.must(e.Create(e.t.Context(), pool, client.FieldOwner(v1alpha1.FieldManager))) // as the cluster's controller does
	return pool
}

func (e *environment) createBudget(name string) {
	one := intstr.FromInt32(1)
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}},
	}
	e.must(e.Create(e.t.Context(), budget))
	budget.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: budget.Generation, DesiredHealthy: 1, CurrentHealthy: 1, ExpectedPods: 1}
	e.must(e.Status().Update(e.t.Context(), budget))
}

// createWorkload puts a running Pod of app "web" on a node.
func (e *environment) createWorkload(name, node string) {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}
	e.must(e.Create(e.t.Context(), p))
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	e.must(e.Status().Update(e.t.Context(), p))
}

func (e *environment) change(pool *v1alpha1.AgentPool, edit func()) {
	e.refresh(pool)
	edit()
	e.must(e.Update(e.t.Context(), pool, client.FieldOwner(v1alpha1.FieldManager)))
}

// dropExtras writes the pool as the front door does, without what it was given by other writes.
func (e *environment) dropExtras(pool *v1alpha1.AgentPool) {
	e.refresh(pool)
	pool.Spec.NodeLabels, pool.Spec.NodeTaints, pool.Spec.Tags = map[string]string{"tier": "db"}, nil, nil
	_, err := apply.Whole(e.t.Context(), e.Client, pool)
	e.must(err)
}

func (e *environment) wantNoExtras() {
	sets := &v1alpha1.ScaleSetList{}
	e.must(e.List(e.t.Context(), sets))
	for _, s := range sets.Items {
		if s.Spec.Tags["extra"] != "" || s.Spec.Model.Labels["extra"] != "" || len(s.Spec.Model.Taints) > 0 {
			e.t.Errorf("scale set %s keeps tags %v, labels %v, taints %v", s.Spec.Name, s.Spec.Tags, s.Spec.Model.Labels, s.Spec.Model.Taints)
		}
	}
	for _, n := range e.nodes() {
		_, extra := n.Labels["extra"]
		dedicated := slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == "dedicated" })
		if extra || dedicated || n.Labels["tier"] != "db" {
			e.t.Errorf("node %s keeps labels %v, taints %v", n.Name, n.Labels, n.Spec.Taints)
		}
	}
}

func (e *environment) state(pool *v1alpha1.AgentPool) v1alpha1.OperationState {
	e.refresh(pool)
	return v1alpha1.CurrentOperation(pool).State
}

func (e *environment) refresh(pool *v1alpha1.AgentPool) {
	e.must(e.Get(e.t.Context(), client.ObjectKeyFromObject(pool), pool))
}

func (e *environment) until(what string, is func() bool) {
	e.t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatalf("timed out waiting until %s:\n%s", what, e.report())
		}
	}
}
