package machine_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// TestShrinkOfAPool runs the controllers from pool to machine, as TestLifecycleOfAPool does: machines go by name or are deallocated, and what is aborted
// stays as it is.
func TestShrinkOfAPool(t *testing.T) {
	e := newEnvironment(t)
	pool := e.createPool(3)
	e.until("the pool is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	nodes := e.nodes()

	t.Log("a machine goes by its name, and no other")
	e.change(pool, func() { pool.Spec.Count, pool.Spec.RemoveMachines = 2, []string{nodes[0].Name} })
	e.until("the machine is gone", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if left := e.nodes(); len(left) != 2 || left[0].UID != nodes[1].UID || left[1].UID != nodes[2].UID {
		t.Errorf("nodes are %v", left)
	}
	e.deallocates(pool, nodes[1].Name, nodes[2].Name)
	e.halts(pool, nodes[1].Name)
}

// deallocates the newer of two machines, with an abort on the way.
func (e *environment) deallocates(pool *v1alpha1.AgentPool, older, newer string) {
	e.t.Helper()
	before, disk := e.node(newer), e.disk(newer)
	e.createBudget("web")
	e.createWorkload("web-0", newer)
	e.change(pool, func() { pool.Spec.Count, pool.Spec.ScaleDownMode = 1, v1alpha1.DeallocateMachines })
	e.waitsForBudget(pool, "1 surplus machines to be drained and deallocated ("+newer)

	e.t.Log("an abort stops the drain, which the next operation goes on with")
	e.abort(pool)
	e.unguard()
	e.staysFor(3*time.Second, "web-0")
	if e.pod(newer).UID == "" {
		e.t.Error("the machine was stopped although that was aborted")
	}
	e.change(pool, func() { pool.Spec.Attempt++ })
	e.until("the pool has shrunk", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	e.until("the machine's Pod is gone", func() bool { return e.pod(newer).UID == "" })
	if n := e.node(newer); n.UID != before.UID || !shutDown(n) || readyReason(n) != "MachineStopped" || e.disk(newer).UID != disk.UID {
		e.t.Errorf("the node is %+v", n)
	}
	if pool.Status.ReadyNodes != 1 || pool.Status.Nodes != 2 {
		e.t.Errorf("pool status is %+v", pool.Status)
	}

	e.t.Log("labels reach it when it starts, which it does before another machine is made")
	e.change(pool, func() { pool.Spec.NodeLabels = map[string]string{"tier": "db"} })
	e.until("the label has reached the nodes", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	e.change(pool, func() { pool.Spec.Count = 2 })
	e.until("the pool has grown", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if n := e.node(newer); n.UID != before.UID || shutDown(n) || n.Labels["tier"] != "db" || e.disk(newer).UID != disk.UID || len(e.nodes()) != 2 {
		e.t.Errorf("nodes are %+v", e.nodes())
	}

	e.t.Log("a pool that deletes again deletes what is deallocated")
	e.change(pool, func() { pool.Spec.Count = 1 })
	e.until("the pool has shrunk", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	e.change(pool, func() { pool.Spec.ScaleDownMode = "" })
	e.until("the machine is gone", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if left := e.nodes(); len(left) != 1 || left[0].Name != older {
		e.t.Errorf("nodes are %v", left)
	}
}

// halts the removal of a machine, until the pool is deleted.
func (e *environment) halts(pool *v1alpha1.AgentPool, older string) {
	e.t.Helper()
	e.t.Log("the removal of a machine that was aborted leaves it cordoned, and growing makes another one")
	e.change(pool, func() { pool.Spec.Count = 2 })
	e.until("the pool has grown", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	newer := e.nodes()[1].Name
	e.createBudget("web")
	e.createWorkload("web-1", newer)
	e.change(pool, func() { pool.Spec.Count = 1 })
	e.waitsForBudget(pool, "1 surplus machines to be drained and deleted ("+newer)
	e.abort(pool)
	e.unguard()
	e.staysFor(3*time.Second, "web-1")
	if n := e.node(newer); !n.Spec.Unschedulable || e.pod(newer).UID == "" {
		e.t.Errorf("the machine of node %s was removed although that was aborted", n.Name)
	}

	e.t.Log("a pool that is deleted is not halted")
	e.must(e.Delete(e.t.Context(), pool))
	e.until("the pool is gone", func() bool { return apierrors.IsNotFound(e.Get(e.t.Context(), client.ObjectKeyFromObject(pool), pool)) })
	if left := e.nodes(); len(left) > 0 {
		e.t.Errorf("nodes %v are left", left)
	}
}

func (e *environment) waitsForBudget(pool *v1alpha1.AgentPool, what string) {
	e.t.Helper()
	e.until("the budget is named", func() bool {
		e.refresh(pool)
		waiting := v1alpha1.CurrentOperation(pool).Waiting
		return strings.HasPrefix(waiting, what) && strings.Contains(waiting, "PodDisruptionBudget default/web")
	})
}

// abort the pool's operation, as the front door does.
func (e *environment) abort(pool *v1alpha1.AgentPool) {
	e.t.Helper()
	e.change(pool, func() { v1alpha1.SetAbort(pool) })
	e.until("the operation is canceled", func() bool { return e.state(pool) == v1alpha1.Canceled })
	e.until("its machine says so", func() bool {
		machines := &v1alpha1.MachineList{}
		e.must(e.List(e.t.Context(), machines))
		for i := range machines.Items {
			if strings.Contains(machines.Items[i].Draining(), "the next operation of the pool") {
				return true
			}
		}
		return false
	})
}

// unguard Pods of app "web": nothing keeps them from being evicted any more.
func (e *environment) unguard() {
	e.must(e.Delete(e.t.Context(), &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}}))
}

// staysFor checks that a Pod is not ended, over more than one interval at which a drain goes on.
func (e *environment) staysFor(long time.Duration, pod string) {
	e.t.Helper()
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		p := &corev1.Pod{}
		if err := e.Get(e.t.Context(), client.ObjectKey{Namespace: "default", Name: pod}, p); err != nil || p.DeletionTimestamp != nil {
			e.t.Fatalf("Pod %s was ended although that was aborted: %v", pod, err)
		}
	}
}

func (e *environment) node(name string) *corev1.Node {
	n := &corev1.Node{}
	e.must(e.Get(e.t.Context(), client.ObjectKey{Name: name}, n))
	return n
}
