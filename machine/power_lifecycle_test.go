package machine_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// TestStopAndStartOfAPool runs the controllers from pool to machine, as TestLifecycleOfAPool does.
func TestStopAndStartOfAPool(t *testing.T) {
	e := newEnvironment(t)
	pool := e.createPool(2)
	e.until("the pool is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	before := e.nodes()
	first := before[0].Name
	disk := e.disk(first)
	e.createWorkload("web-0", first)
	e.createDaemon("daemon-0", first)
	cordoned := before[0].DeepCopy()
	cordoned.Spec.Unschedulable = true
	e.must(e.Patch(t.Context(), cordoned, client.MergeFrom(&before[0])))

	t.Log("a disruption budget holds up the stop of one pool, and is named")
	e.createBudget("web")
	e.power(pool, v1alpha1.Stopped)
	e.until("the budget is named", func() bool {
		e.refresh(pool)
		return strings.Contains(v1alpha1.CurrentOperation(pool).Waiting, "PodDisruptionBudget default/web")
	})
	if verb := v1alpha1.ProvisioningState(pool); verb != v1alpha1.Stopping {
		t.Errorf("the pool is %s", verb)
	}
	e.must(e.Delete(t.Context(), &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}}))
	e.until("the pool is stopped", func() bool { return e.state(pool) == v1alpha1.Succeeded })

	t.Log("its machines are gone but for their disks; its nodes stay, without what could be taken for a running Pod")
	if p := e.pod(first); p.UID != "" && p.DeletionTimestamp == nil {
		t.Errorf("the machine runs: %+v", p.Status)
	}
	if now := e.disk(first); now.UID != disk.UID || now.DeletionTimestamp != nil {
		t.Error("the disk is another one")
	}
	nodes := e.nodes()
	if len(nodes) != 2 || nodes[0].UID != before[0].UID || !nodes[0].Spec.Unschedulable || !shutDown(&nodes[0]) || readyReason(&nodes[0]) != "MachineStopped" {
		t.Errorf("nodes are %+v", nodes)
	}
	for _, name := range []string{"web-0", "daemon-0"} {
		if err := e.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: name}, &corev1.Pod{}); !apierrors.IsNotFound(err) {
			t.Errorf("Pod %s is left: %v", name, err)
		}
	}
	if pool.Status.ReadyNodes != 0 || pool.Status.Nodes != 2 {
		t.Errorf("pool status is %+v", pool.Status)
	}

	t.Log("a machine that is made meanwhile is not started")
	e.change(pool, func() { pool.Spec.Count = 3 })
	e.until("the stopped pool has grown", func() bool { return e.state(pool) == v1alpha1.Succeeded && pool.Status.Nodes == 3 })
	if pods := e.machinePods(); len(pods) > 0 {
		t.Errorf("machines run: %v", pods)
	}

	t.Log("it starts on the same disks, and its nodes are the same")
	e.power(pool, "")
	e.until("the pool runs", func() bool { return e.state(pool) == v1alpha1.Succeeded && pool.Status.ReadyNodes == 3 })
	after := e.nodes()
	if len(after) != 3 || after[0].UID != before[0].UID || shutDown(&after[0]) || !after[0].Spec.Unschedulable || e.disk(first).UID != disk.UID {
		t.Errorf("nodes are %+v", after)
	}
	e.until("the tokens are revoked", func() bool { return len(e.tokens()) == 0 })
}

// power writes a pool's own power state, as the front door does.
func (e *environment) power(pool *v1alpha1.AgentPool, to v1alpha1.PowerState) {
	e.change(pool, func() {
		pool.Spec.Mode, pool.Spec.PowerState = v1alpha1.UserPool, to
		v1alpha1.SetVerb(pool, v1alpha1.PowerVerb(to))
	})
}

// createDaemon puts a running Pod of a DaemonSet on a node.
func (e *environment) createDaemon(name, node string) {
	yes := true
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "daemon", UID: "d", Controller: &yes},
		}},
		Spec: corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}
	e.must(e.Create(e.t.Context(), p))
	p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = corev1.PodRunning, "10.244.0.9", []corev1.PodIP{{IP: "10.244.0.9"}}
	e.must(e.Status().Update(e.t.Context(), p))
}

func (e *environment) machinePods() []string {
	pods := &corev1.PodList{}
	e.must(e.List(e.t.Context(), pods, client.InNamespace(e.machinesNamespace())))
	var names []string
	for _, p := range pods.Items {
		names = append(names, p.Name)
	}
	return names
}

func shutDown(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == "node.cloudprovider.kubernetes.io/shutdown" })
}

func readyReason(n *corev1.Node) string {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Reason
		}
	}
	return ""
}
