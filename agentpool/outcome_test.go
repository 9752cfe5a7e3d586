package agentpool

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestOutcome(t *testing.T) {
	want := &v1alpha1.ScaleSet{}
	want.Spec.Model.Labels = map[string]string{"tier": "web"}
	tests := map[string]struct {
		deleting bool
		missing  string
		noSet    bool
		own      bool
		stopped  bool
		keeps    bool
		removes  []string
		machines []v1alpha1.Machine
		waiting  string
		code     string
	}{
		"a pool whose nodes are all Ready is done": {
			machines: []v1alpha1.Machine{node(0), node(1)},
		},
		"what the scale set cannot be rendered without is named": {
			missing: "release v1, which does not exist", waiting: "release v1, which does not exist", code: "ResourceNotFound",
		},
		"machines that do not exist yet are waited for": {
			machines: []v1alpha1.Machine{node(0)}, waiting: "1 of 2 machines to be created", code: "InternalOperationError",
		},
		"a node that is not Ready is named with its reason": {
			machines: []v1alpha1.Machine{node(0), node(1, condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no CNI configuration"))},
			waiting:  "1 of 2 nodes to be Ready (host-1: no CNI configuration)", code: "NodesNotReady",
		},
		"a node that has joined is enough where the customer installs the pod network": {
			own: true, machines: []v1alpha1.Machine{node(0), node(1,
				condition(v1alpha1.MachineRegistered, "True", "Joined", ""), condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no CNI configuration"))},
		},
		"a scale set that does not exist yet is waited for": {noSet: true, waiting: "the scale set to be created", code: "InternalOperationError"},
		"a machine that no host has capacity for is an allocation failure": {
			machines: []v1alpha1.Machine{node(0), node(1, down, condition(v1alpha1.MachineRunning, "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient memory."))},
			waiting:  "1 of 2 nodes to be Ready (host-1: 0/1 nodes are available: 1 Insufficient memory.)", code: "AllocationFailed",
		},
		"a surplus machine names the budget that blocks its drain": {
			machines: []v1alpha1.Machine{node(0), node(1), node(2, leaving, condition(v1alpha1.MachineDrained, "False", "Blocked", "disruption budget default/web"))},
			waiting:  "1 surplus machines to be drained and deleted (host-2: disruption budget default/web)", code: "PodDrainFailure",
		},
		"of several surplus machines the one that cannot be drained is named": {
			machines: []v1alpha1.Machine{node(0), node(1), node(2, leaving, condition(v1alpha1.MachineDrained, "True", "Drained", "nothing is left to drain")),
				node(3, leaving, condition(v1alpha1.MachineDrained, "False", "Draining", "waiting for Pod default/web-0"))},
			waiting: "2 surplus machines to be drained and deleted (host-3: waiting for Pod default/web-0)", code: "PodDrainFailure",
		},
		"labels that have not reached a node are waited for": {
			machines: []v1alpha1.Machine{node(0), node(1, unsynced)},
			waiting:  "labels and taints to reach 1 nodes (host-1)", code: "NodesNotReady",
		},
		"a pool that is to be stopped names the machine that still runs, and why": {
			stopped: true, machines: []v1alpha1.Machine{node(0, halted), node(1, halting)},
			waiting: "1 of 2 machines to be drained and stopped (host-1: waiting for PodDisruptionBudget default/web)", code: "PodDrainFailure",
		},
		"a pool whose machines have all stopped is done": {stopped: true, machines: []v1alpha1.Machine{node(0, halted), node(1, halted)}},
		"a machine that was stopped by an earlier wish has to be stopped again": {
			stopped: true, machines: []v1alpha1.Machine{node(0, halted), node(1, halted, unsynced)},
			waiting: "1 of 2 machines to be drained and stopped (host-1: it is being shut down)", code: "PodDrainFailure",
		},
		"labels do not reach the node of a stopped machine": {stopped: true, machines: []v1alpha1.Machine{node(0, halted), node(1, halted, unlabelled)}},
		"a pool that deallocates names the machine that cannot be drained": {
			keeps: true, machines: []v1alpha1.Machine{node(0), node(1), node(2, halted), node(3, halting)},
			waiting: "1 surplus machines to be drained and deallocated (host-3: waiting for PodDisruptionBudget default/web)", code: "PodDrainFailure",
		},
		"a pool whose surplus machines are deallocated is done": {keeps: true, machines: []v1alpha1.Machine{node(0), node(1), node(2, halted), node(3, halted)}},
		"labels do not reach the node of a deallocated machine": {keeps: true, machines: []v1alpha1.Machine{node(0), node(1), node(2, halted, unlabelled)}},
		"a deallocated machine that is to run is waited for": {
			keeps: true, machines: []v1alpha1.Machine{node(0), node(2, halted)}, waiting: "1 of 2 nodes to be Ready (host-2)", code: "NodesNotReady",
		},
		"of nodes that are not Ready one that is to run is named": {
			keeps: true, machines: []v1alpha1.Machine{node(0), node(1, halted), node(2, condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no news"))},
			waiting: "1 of 2 nodes to be Ready (host-2: no news)", code: "NodesNotReady",
		},
		"a pool that deletes again waits for its deallocated machines": {
			machines: []v1alpha1.Machine{node(0), node(1), node(2, halted)}, waiting: "1 surplus machines to be drained and deleted", code: "PodDrainFailure",
		},
		"a machine that goes by name is waited for, also where it does not count": {
			keeps: true, removes: []string{"host-2"}, machines: []v1alpha1.Machine{node(0), node(1), node(2, halted)},
			waiting: "1 machines to be drained and deleted (host-2)", code: "PodDrainFailure",
		},
		"names of machines that are gone mean nothing": {removes: []string{"host-2"}, machines: []v1alpha1.Machine{node(0), node(1)}},
		"a deleted pool waits for its scale set": {
			deleting: true, machines: []v1alpha1.Machine{node(0, leaving)}, waiting: "1 machines to be deleted (host-0: not reported yet)",
		},
		"a deleted pool without a scale set is done": {deleting: true, noSet: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := Facts{Pool: pool(), Cluster: cluster(), Sets: []v1alpha1.ScaleSet{{}}, Machines: tt.machines}
			if tt.deleting {
				f.Pool.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
			}
			if tt.stopped {
				f.Pool.Spec.ClusterPowerState = v1alpha1.Stopped
			}
			if tt.keeps {
				f.Pool.Spec.ScaleDownMode = v1alpha1.DeallocateMachines
			}
			f.Pool.Spec.RemoveMachines = tt.removes
			if tt.noSet {
				f.Sets = nil
			}
			if tt.own {
				f.Cluster.Spec.Network.Plugin = "none"
			}
			got := Outcome(f, Plan{Apply: want, Missing: tt.missing})
			if got.Waiting != tt.waiting || got.Deadline.Code != tt.code {
				t.Errorf("waits for %q with code %q,\nwant %q with code %q", got.Waiting, got.Deadline.Code, tt.waiting, tt.code)
			}
		})
	}
}

func TestWhatNoHostHasCapacityForFailsAfterTenMinutes(t *testing.T) {
	start := time.Unix(1000, 0)
	r, f := reconciler(t, start)
	f.Machines = []v1alpha1.Machine{
		node(0), node(1, down, condition(v1alpha1.MachineRunning, "False", "Unschedulable", "Insufficient memory.")),
	}
	for _, c := range []struct {
		after time.Duration
		want  v1alpha1.OperationState
	}{{0, v1alpha1.InProgress}, {10*time.Minute - time.Second, v1alpha1.InProgress}, {10 * time.Minute, v1alpha1.Failed}} {
		r.Clock = clocktesting.NewFakePassiveClock(start.Add(c.after))
		settle(t, r, f)
		if op := v1alpha1.CurrentOperation(f.Pool); op.State != c.want || op.State == v1alpha1.InProgress && op.Percent != 45 {
			t.Fatalf("after %s the operation is %+v, want %s", c.after, op, c.want)
		}
	}
	want := "Pool nodepool1 is not ready after 10 minutes. It waits for: 1 of 2 nodes to be Ready (host-1: Insufficient memory.). "
	if failure := v1alpha1.CurrentOperation(f.Pool).Error; failure.Code != "AllocationFailed" || !strings.HasPrefix(failure.Message, want) {
		t.Fatalf("the operation failed with %+v", failure)
	}
	f.Machines[1] = node(1)
	settle(t, r, f)
	if op := v1alpha1.CurrentOperation(f.Pool); op.State != v1alpha1.Failed || f.Pool.Status.ReadyNodes != 2 {
		t.Errorf("a failed operation stays failed while nodes become Ready: %s, %d Ready", op.State, f.Pool.Status.ReadyNodes)
	}
}

func TestOtherOperationsFailAfterHalfAnHour(t *testing.T) {
	start := time.Unix(1000, 0)
	r, f := reconciler(t, start)
	f.Machines = []v1alpha1.Machine{
		node(0), node(1, condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no CNI configuration")),
	}
	for _, c := range []struct {
		after time.Duration
		want  v1alpha1.OperationState
	}{{0, v1alpha1.InProgress}, {30*time.Minute - time.Second, v1alpha1.InProgress}, {30 * time.Minute, v1alpha1.Failed}} {
		r.Clock = clocktesting.NewFakePassiveClock(start.Add(c.after))
		settle(t, r, f)
		if op := v1alpha1.CurrentOperation(f.Pool); op.State != c.want {
			t.Errorf("after %s the operation is %s, want %s", c.after, op.State, c.want)
		}
	}
}

// reconciler of one pool, and the pool's facts.
func reconciler(t *testing.T, now time.Time) (*Reconciler, Facts) {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	f := Facts{Pool: pool(), Cluster: cluster(), Release: release(), Sets: []v1alpha1.ScaleSet{{}}}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(f.Pool).WithStatusSubresource(f.Pool).Build()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(f.Pool), f.Pool); err != nil {
		t.Fatal(err)
	}
	return &Reconciler{Client: c, Clock: clocktesting.NewFakePassiveClock(now)}, f
}

func settle(t *testing.T, r *Reconciler, f Facts) {
	t.Helper()
	if err := r.settle(t.Context(), f, Outcome(f, Plan{})); err != nil {
		t.Fatal(err)
	}
}

func node(instance int64, but ...func(*v1alpha1.Machine)) v1alpha1.Machine {
	m := v1alpha1.Machine{Spec: v1alpha1.MachineSpec{Instance: instance, Hostname: "host-" + string(rune('0'+instance))}}
	m.Spec.Model.Labels = map[string]string{"tier": "web"}
	for _, c := range []string{v1alpha1.MachineRunning, v1alpha1.MachineRegistered, v1alpha1.MachineReady} {
		condition(c, "True", c, "")(&m)
	}
	for _, b := range but {
		b(&m)
	}
	return m
}

func condition(kind, status, reason, message string) func(*v1alpha1.Machine) {
	return func(m *v1alpha1.Machine) {
		for i := range m.Status.Conditions {
			if m.Status.Conditions[i].Type == kind {
				m.Status.Conditions[i].Status = metav1.ConditionStatus(status)
				m.Status.Conditions[i].Reason, m.Status.Conditions[i].Message = reason, message
				return
			}
		}
		m.Status.Conditions = append(m.Status.Conditions,
			metav1.Condition{Type: kind, Status: metav1.ConditionStatus(status), Reason: reason, Message: message})
	}
}

func halting(m *v1alpha1.Machine) {
	m.Spec.PowerState = v1alpha1.Stopped
	condition(v1alpha1.MachineDrained, "False", "Draining", "waiting for PodDisruptionBudget default/web")(m)
}
func halted(m *v1alpha1.Machine) {
	m.Spec.PowerState = v1alpha1.Stopped
	condition(v1alpha1.MachineRunning, "False", "Stopped", "")(m)
	condition(v1alpha1.MachineDrained, "True", "Drained", "")(m)
	down(m)
}
func unlabelled(m *v1alpha1.Machine) { m.Spec.Model.Labels = nil }
func leaving(m *v1alpha1.Machine)    { m.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }
func unsynced(m *v1alpha1.Machine)   { m.Generation = 2; m.Status.ObservedGeneration = 1 }
func down(m *v1alpha1.Machine)       { condition(v1alpha1.MachineReady, "False", "Unknown", "")(m) }
