package machine_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// ahead is the real time, and what was added to it.
type ahead struct {
	clock.RealClock
	mu    sync.Mutex
	added time.Duration
}

func (a *ahead) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Add(a.added)
}

func (a *ahead) Since(t time.Time) time.Duration { return a.Now().Sub(t) }

func (a *ahead) add(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.added += d
}

// TestAnotherNodeImage runs the controllers from pool to machine, as TestLifecycleOfAPool does.
func TestAnotherNodeImage(t *testing.T) {
	time := &ahead{}
	e := newEnvironment(t, withCertificates, func(e *environment) { e.clock = time })
	e.release("v2", "node:2", "LotseDebian-12-202611.24.0")
	pool := e.createPool(2)
	e.until("the pool is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	before := e.nodes()
	first := before[0].Name
	disk := e.disk(first)
	e.createDaemon("daemon-0", first)
	e.createWorkload("web-0", first)

	t.Log("a budget that allows nothing holds up the first drain, and is named")
	e.createBudget("web")
	e.upgrade(pool, "v2")
	e.until("the budget is named", func() bool {
		e.refresh(pool)
		return strings.Contains(v1alpha1.CurrentOperation(pool).Waiting, "PodDisruptionBudget default/web")
	})
	if verb := v1alpha1.ProvisioningState(pool); verb != v1alpha1.UpgradingNodeImageVersion {
		t.Errorf("the pool is %s", verb)
	}
	if n := e.nodes(); len(n) != 3 || !n[0].Spec.Unschedulable || n[1].Spec.Unschedulable || n[2].Spec.Unschedulable {
		t.Errorf("there is one surge node, and the first node is cordoned: %+v", n)
	}

	t.Log("after the time for a drain the upgrade fails with the reason, and leaves no surge node and no cordon")
	time.add(31 * minute)
	e.touch(pool)
	e.until("the upgrade has failed", func() bool { return e.state(pool) == v1alpha1.Failed })
	failure := v1alpha1.CurrentOperation(pool).Error
	if failure.Code != "UpgradeFailed" || !strings.Contains(failure.Message, "Drain node "+first+" failed") || !strings.Contains(failure.Message, "PodDisruptionBudget default/web (of Pod default/web-0)") {
		t.Errorf("the failure is %+v", failure)
	}
	e.until("nothing of it is left", func() bool {
		n := e.nodes()
		return len(n) == 2 && !n[0].Spec.Unschedulable && n[0].UID == before[0].UID && len(e.machines()) == 2
	})
	if e.disk(first).UID != disk.UID {
		t.Error("the machine that could not be drained has another disk")
	}

	t.Log("repeated, it goes on: the same names, other nodes, other disks, the other image")
	e.must(e.Delete(t.Context(), &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}}))
	e.change(pool, func() { pool.Spec.Attempt++ })
	e.until("the pool is upgraded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	after := e.nodes()
	if len(after) != 2 || after[0].Name != first || after[1].Name != before[1].Name || after[0].UID == before[0].UID || after[1].UID == before[1].UID {
		t.Errorf("nodes are %s and %s, of %s and %s", after[0].Name, after[1].Name, after[0].UID, after[1].UID)
	}
	for _, n := range after {
		if n.Labels["kubernetes.azure.com/node-image-version"] != "LotseDebian-12-202611.24.0" || n.Spec.Unschedulable {
			t.Errorf("node %s has labels %v", n.Name, n.Labels)
		}
		if image := e.pod(n.Name).Spec.Containers[0].Image; image != "node:2" {
			t.Errorf("machine %s runs %s", n.Name, image)
		}
	}
	if e.disk(first).UID == disk.UID || len(e.machines()) != 2 || pool.Status.NodeImageVersion != "LotseDebian-12-202611.24.0" {
		t.Errorf("there are %d machines, the pool has %s", len(e.machines()), pool.Status.NodeImageVersion)
	}
	e.until("the credentials are gone from the Secrets", func() bool { return len(e.tokens()) == 0 && e.certificates() == 0 })

	t.Log("a stopped pool goes back to the earlier image when it starts")
	e.power(pool, v1alpha1.Stopped)
	e.until("the pool is stopped", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	e.upgrade(pool, "v1")
	e.until("that is taken", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	e.until("the machines are told of it", func() bool {
		return !slices.ContainsFunc(e.machines(), func(m v1alpha1.Machine) bool { return m.Spec.Model.Image != "node:1" })
	})
	if pods := e.machinePods(); len(pods) > 0 {
		t.Errorf("machines run: %v", pods)
	}
	e.power(pool, "")
	e.until("the pool runs", func() bool { return e.state(pool) == v1alpha1.Succeeded && pool.Status.ReadyNodes == 2 })
	for _, n := range e.nodes() {
		if image := e.pod(n.Name).Spec.Containers[0].Image; image != "node:1" || n.Labels["kubernetes.azure.com/node-image-version"] != "LotseDebian-12-202611.23.0" {
			t.Errorf("machine %s runs %s and has labels %v", n.Name, image, n.Labels)
		}
	}
}

// TestANodeThatCannotBeDrainedIsQuarantined: the others are upgraded without it.
func TestANodeThatCannotBeDrainedIsQuarantined(t *testing.T) {
	time := &ahead{}
	e := newEnvironment(t, withCertificates, func(e *environment) { e.clock = time })
	e.release("v2", "node:2", "LotseDebian-12-202611.24.0")
	pool := e.createPool(2)
	e.until("the pool is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	before := e.nodes()
	e.createWorkload("web-0", before[0].Name)
	e.createBudget("web")
	e.change(pool, func() {
		pool.Spec.UpgradeSettings = &v1alpha1.UpgradeSettings{UndrainableNodeBehavior: "Cordon", MaxSurge: "1"}
	})
	e.upgrade(pool, "v2")
	e.until("the budget is named", func() bool {
		e.refresh(pool)
		return strings.Contains(v1alpha1.CurrentOperation(pool).Waiting, "PodDisruptionBudget default/web")
	})
	time.add(31 * minute)
	e.touchSets()
	e.until("the upgrade has failed", func() bool { return e.state(pool) == v1alpha1.Failed })
	failure := v1alpha1.CurrentOperation(pool).Error.Message
	if !strings.Contains(failure, "1 nodes were not drained within 30 minutes: "+before[0].Name) || !strings.Contains(failure, "PodDisruptionBudget default/web") {
		t.Errorf("the failure is %s", failure)
	}
	e.until("the surge node is gone", func() bool { return len(e.nodes()) == 2 && len(e.machines()) == 2 })
	e.until("the node is labelled", func() bool { return e.nodes()[0].Labels["kubernetes.azure.com/upgrade-status"] == "Quarantined" })
	after := e.nodes()
	if !after[0].Spec.Unschedulable || after[0].UID != before[0].UID || after[1].UID == before[1].UID || after[1].Spec.Unschedulable {
		t.Errorf("nodes are %+v", after)
	}
	t.Log("repeated without the budget, it is upgraded too")
	e.must(e.Delete(t.Context(), &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}}))
	e.change(pool, func() { pool.Spec.Attempt++ })
	e.until("the pool is upgraded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	if n := e.nodes(); len(n) != 2 || n[0].UID == before[0].UID || n[0].Spec.Unschedulable || n[0].Labels["kubernetes.azure.com/upgrade-status"] != "" {
		t.Errorf("nodes are %+v", n)
	}
}

// TestANodeImageUpgradeSurvivesTheService: the service ends at any moment, again and again.
func TestANodeImageUpgradeSurvivesTheService(t *testing.T) {
	deaths := 0
	e := newEnvironment(t, withCertificates, func(e *environment) {
		e.lives = func(run func() (stop func())) {
			for ; t.Context().Err() == nil; deaths++ {
				stop := run()
				time.Sleep(time.Duration(500+rand.IntN(1500)) * time.Millisecond)
				stop()
			}
		}
	})
	e.release("v2", "node:2", "LotseDebian-12-202611.24.0")
	pool := e.createPool(2)
	e.until("the pool is Succeeded", func() bool { return e.state(pool) == v1alpha1.Succeeded })
	before := e.nodes()
	lowest, highest := 2, 2
	e.upgrade(pool, "v2")
	e.until("the pool is upgraded", func() bool {
		ready := 0
		nodes := e.nodes()
		for _, n := range nodes {
			if readyStatus(&n) == corev1.ConditionTrue {
				ready++
			}
		}
		lowest, highest = min(lowest, ready), max(highest, len(e.machines()))
		return e.state(pool) == v1alpha1.Succeeded
	})
	after := e.nodes()
	if len(after) != 2 || after[0].Name != before[0].Name || after[1].Name != before[1].Name || after[0].UID == before[0].UID || after[1].UID == before[1].UID {
		t.Errorf("nodes are %+v", after)
	}
	if lowest < 2 || highest > 3 || len(e.machines()) != 2 {
		t.Errorf("between %d Ready nodes and %d machines, %d in the end", lowest, highest, len(e.machines()))
	}
	t.Logf("the service died %d times", deaths)
}

const minute = time.Minute

// release is another one of the same Kubernetes version.
func (e *environment) release(name, image, version string) {
	e.must(e.Create(e.t.Context(), &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ReleaseSpec{
		KubernetesVersion: "1.37.2", NodeImageVersion: version, Images: map[string]string{"node": image, "pause": "pause:1"},
	}}))
}

// upgrade writes the pool's release, as the front door does.
func (e *environment) upgrade(pool *v1alpha1.AgentPool, release string) {
	e.change(pool, func() {
		pool.Spec.Release = release
		v1alpha1.SetVerb(pool, v1alpha1.UpgradingNodeImageVersion)
	})
}

// touch a pool, which is then looked at as it is after a minute in any case.
func (e *environment) touch(pool *v1alpha1.AgentPool) {
	e.refresh(pool)
	metav1.SetMetaDataAnnotation(&pool.ObjectMeta, "touched", "yes")
	e.must(e.Update(e.t.Context(), pool))
}

func (e *environment) touchSets() {
	sets := &v1alpha1.ScaleSetList{}
	e.must(e.List(e.t.Context(), sets))
	for i := range sets.Items {
		metav1.SetMetaDataAnnotation(&sets.Items[i].ObjectMeta, "touched", "yes")
		e.must(e.Update(e.t.Context(), &sets.Items[i]))
	}
}

func (e *environment) machines() []v1alpha1.Machine {
	list := &v1alpha1.MachineList{}
	e.must(e.List(e.t.Context(), list))
	return list.Items
}

// certificates counts the Secrets of machines that hold one.
func (e *environment) certificates() (n int) {
	secrets := &corev1.SecretList{}
	e.must(e.List(e.t.Context(), secrets, client.InNamespace(e.machinesNamespace())))
	for _, s := range secrets.Items {
		if len(s.Data["client.pem"]) > 0 {
			n++
		}
	}
	return n
}

func readyStatus(n *corev1.Node) corev1.ConditionStatus {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status
		}
	}
	return corev1.ConditionUnknown
}
