package agentpool

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestDecide(t *testing.T) {
	want := v1alpha1.MachineModel{Labels: map[string]string{"tier": "web"}}
	tests := map[string]struct {
		deleting bool
		missing  string
		noSet    bool
		own      bool
		machines []v1alpha1.Machine
		waiting  string
		code     string
	}{
		"a pool whose nodes are all Ready is done": {
			machines: []v1alpha1.Machine{node(0), node(1)},
		},
		"a missing release is named": {
			missing: "release v1, which does not exist", waiting: "release v1, which does not exist", code: "ResourceNotFound",
		},
		"machines that do not exist yet are waited for": {
			machines: []v1alpha1.Machine{node(0)}, waiting: "1 of 2 machines to be made", code: "InternalOperationError",
		},
		"a node that is not Ready is named with its reason": {
			machines: []v1alpha1.Machine{node(0), node(1, condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no CNI configuration"))},
			waiting:  "1 of 2 nodes to be Ready (host-1: no CNI configuration)", code: "NodesNotReady",
		},
		"a node that has joined is enough where the customer installs the pod network": {
			own: true, machines: []v1alpha1.Machine{node(0), node(1,
				condition(v1alpha1.MachineRegistered, "True", "Joined", ""), condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no CNI configuration"))},
		},
		"a machine that no host has room for is an allocation failure": {
			machines: []v1alpha1.Machine{node(0), node(1, down, condition(v1alpha1.MachineRunning, "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient memory."))},
			waiting:  "1 of 2 nodes to be Ready (host-1: 0/1 nodes are available: 1 Insufficient memory.)", code: "AllocationFailed",
		},
		"a surplus machine names the budget that blocks its drain": {
			machines: []v1alpha1.Machine{node(0), node(1), node(2, leaving, condition(v1alpha1.MachineDrained, "False", "Blocked", "disruption budget default/web"))},
			waiting:  "1 surplus machines to be drained and deleted (host-2: disruption budget default/web)", code: "PodDrainFailure",
		},
		"labels that have not reached a node are waited for": {
			machines: []v1alpha1.Machine{node(0), node(1, unsynced)},
			waiting:  "labels and taints to reach 1 nodes (host-1)", code: "NodesNotReady",
		},
		"a deleted pool waits for its scale set": {
			deleting: true, machines: []v1alpha1.Machine{node(0, leaving)}, waiting: "1 machines to be deleted (host-0: no news yet)", code: "PodDrainFailure",
		},
		"a deleted pool without a scale set is done": {deleting: true, noSet: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := Facts{Pool: pool(), Missing: tt.missing, Want: &want, Set: &v1alpha1.ScaleSet{}, Machines: tt.machines, OwnNetwork: tt.own}
			if tt.deleting {
				f.Pool.DeletionTimestamp, f.Want = &metav1.Time{Time: time.Unix(1, 0)}, nil
			}
			if tt.noSet {
				f.Set = nil
			}
			got := Decide(f)
			if got.Waiting != tt.waiting || (tt.code != "" && got.Code != tt.code) {
				t.Errorf("waits for %q with code %q,\nwant %q with code %q", got.Waiting, got.Code, tt.waiting, tt.code)
			}
		})
	}
}

func TestAnOperationWithoutRoomFailsWithTheReasonAfterTenMinutes(t *testing.T) {
	start := metav1.NewTime(time.Unix(1000, 0))
	f := Facts{Pool: pool(), Set: &v1alpha1.ScaleSet{}, Machines: []v1alpha1.Machine{
		node(0), node(1, down, condition(v1alpha1.MachineRunning, "False", "Unschedulable", "Insufficient memory.")),
	}}
	Record(f, Decide(f), start)
	if op := v1alpha1.CurrentOperation(f.Pool); op.State != v1alpha1.InProgress || op.Percent != 45 {
		t.Fatalf("operation is %+v", op)
	}
	Record(f, Decide(f), metav1.NewTime(start.Add(allocationTimeout-time.Second)))
	if op := v1alpha1.CurrentOperation(f.Pool); op.State != v1alpha1.InProgress {
		t.Fatalf("operation is %+v before its time", op)
	}
	Record(f, Decide(f), metav1.NewTime(start.Add(allocationTimeout)))
	op := v1alpha1.CurrentOperation(f.Pool)
	if op.State != v1alpha1.Failed || op.Error.Code != "AllocationFailed" ||
		op.Error.Message != "After 10 minutes pool nodepool1 still waits for 1 of 2 nodes to be Ready (host-1: Insufficient memory.)." {
		t.Fatalf("operation is %+v, error %+v", op, op.Error)
	}
	f.Machines[1] = node(1)
	Record(f, Decide(f), metav1.NewTime(start.Add(2*timeout)))
	if op := v1alpha1.CurrentOperation(f.Pool); op.State != v1alpha1.Failed || f.Pool.Status.ReadyNodes != 2 {
		t.Errorf("a failed operation stays failed while the counts go on: %s, %d Ready", op.State, f.Pool.Status.ReadyNodes)
	}
}

func TestOtherOperationsFailAfterHalfAnHour(t *testing.T) {
	start := metav1.NewTime(time.Unix(1000, 0))
	f := Facts{Pool: pool(), Set: &v1alpha1.ScaleSet{}, Machines: []v1alpha1.Machine{
		node(0), node(1, condition(v1alpha1.MachineReady, "False", "KubeletNotReady", "no CNI configuration")),
	}}
	for _, c := range []struct {
		after time.Duration
		want  v1alpha1.OperationState
	}{{0, v1alpha1.InProgress}, {timeout - time.Second, v1alpha1.InProgress}, {timeout, v1alpha1.Failed}} {
		Record(f, Decide(f), metav1.NewTime(start.Add(c.after)))
		if op := v1alpha1.CurrentOperation(f.Pool); op.State != c.want {
			t.Errorf("after %s the operation is %s, want %s", c.after, op.State, c.want)
		}
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

func leaving(m *v1alpha1.Machine)  { m.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }
func unsynced(m *v1alpha1.Machine) { m.Generation = 2; m.Status.ObservedGeneration = 1 }
func down(m *v1alpha1.Machine)     { condition(v1alpha1.MachineReady, "False", "Unknown", "")(m) }

func TestMayWrite(t *testing.T) {
	for sentence, c := range map[string]struct {
		running, set bool
		missing      string
		want         bool
	}{
		"an operation says what the scale set is to be":       {running: true, set: true, want: true},
		"between operations a scale set is left to its users": {set: true},
		"a scale set that somebody deleted is made again":     {want: true},
		"nothing is made of a release that does not exist":    {running: true, missing: "release v1"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := Facts{Pool: pool(), Missing: c.missing}
			v1alpha1.Begin(f.Pool, metav1.Now())
			if !c.running {
				v1alpha1.Finish(f.Pool, nil, metav1.Now())
			}
			if c.set {
				f.Set = &v1alpha1.ScaleSet{}
			}
			if f.mayWrite() != c.want {
				t.Errorf("may write: %t", f.mayWrite())
			}
		})
	}
}
