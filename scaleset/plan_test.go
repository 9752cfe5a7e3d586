package scaleset

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestDecide(t *testing.T) {
	tests := map[string]struct {
		capacity, next int32
		deleting       bool
		halted         bool
		mode           v1alpha1.ScaleDownMode
		remove         []string
		power          v1alpha1.PowerState
		machines       []v1alpha1.Machine
		create         []int64
		wantNext       int64
		delete         []int64
		update         []int64
		rest           []int64
	}{
		"a new set of three creates instances zero to two": {
			capacity: 3, create: []int64{0, 1, 2}, wantNext: 3,
		},
		"an ID that was handed out before a crash is not used again": {
			capacity: 1, next: 4, create: []int64{4}, wantNext: 5,
		},
		"a lost status does not bring an ID back": {
			capacity: 2, next: 0, machines: []v1alpha1.Machine{made(7)}, create: []int64{8}, wantNext: 9,
		},
		"a machine that is being deleted is replaced under a new ID": {
			capacity: 1, next: 1, machines: []v1alpha1.Machine{made(0, deleted)}, create: []int64{1}, wantNext: 2,
		},
		"scaling down takes machines that are not ready before newer ones that are": {
			capacity: 2, next: 4, machines: []v1alpha1.Machine{made(0), made(1, notReady), made(2), made(3)},
			wantNext: 4, delete: []int64{1, 3},
		},
		"machines already being deleted are part of the surplus": {
			capacity: 1, next: 3, machines: []v1alpha1.Machine{made(0), made(1), made(2, deleted)},
			wantNext: 3, delete: []int64{1},
		},
		"a changed label reaches the machines that stay and only those": {
			capacity: 1, next: 2, machines: []v1alpha1.Machine{made(0, oldLabel), made(1, oldLabel)},
			wantNext: 2, delete: []int64{1}, update: []int64{0},
		},
		"a set that is stopped stops the machines that stay": {
			capacity: 1, next: 2, power: v1alpha1.Stopped, machines: []v1alpha1.Machine{made(0), made(1)},
			wantNext: 2, delete: []int64{1}, update: []int64{0},
		},
		"a set that runs again starts its machines": {
			capacity: 2, next: 2, machines: []v1alpha1.Machine{made(0, halted), made(1, halted)}, wantNext: 2, update: []int64{1, 0},
		},
		"a set that matches is left alone": {
			capacity: 2, next: 2, machines: []v1alpha1.Machine{made(0), made(1)}, wantNext: 2,
		},
		"machines that are named go, and no others": {
			capacity: 2, next: 3, remove: []string{"host-0"}, machines: []v1alpha1.Machine{made(0), made(1), made(2)}, wantNext: 3, delete: []int64{0},
		},
		"a machine that is named is replaced if the capacity stays": {
			capacity: 2, next: 2, remove: []string{"host-0"}, machines: []v1alpha1.Machine{made(0), made(1)}, create: []int64{2}, wantNext: 3, delete: []int64{0},
		},
		"names of machines that are gone mean nothing": {
			capacity: 1, next: 2, remove: []string{"host-0", "host-9"}, machines: []v1alpha1.Machine{made(1), made(0, deleted)}, wantNext: 2,
		},
		"beside machines that are named the least missed go": {
			capacity: 1, next: 3, remove: []string{"host-0"}, machines: []v1alpha1.Machine{made(0), made(1), made(2)}, wantNext: 3, delete: []int64{0, 2},
		},
		"a set that deallocates keeps what is beyond its capacity, stopped": {
			capacity: 1, next: 3, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1), made(2)},
			wantNext: 3, update: []int64{2, 1}, rest: []int64{2, 1},
		},
		"what is deallocated stays so": {
			capacity: 1, next: 2, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1, halted)}, wantNext: 2, rest: []int64{1},
		},
		"a new label reaches deallocated machines too": {
			capacity: 1, next: 2, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1, halted, oldLabel)},
			wantNext: 2, update: []int64{1}, rest: []int64{1},
		},
		"growing starts deallocated machines, the oldest first, before it makes any": {
			capacity: 2, next: 3, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1, halted), made(2, halted)},
			wantNext: 3, update: []int64{1}, rest: []int64{2},
		},
		"growing beyond what is deallocated makes the others": {
			capacity: 3, next: 2, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1, halted)},
			create: []int64{2}, wantNext: 3, update: []int64{1},
		},
		"a machine that runs and is not Ready is not taken for a deallocated one": {
			capacity: 1, next: 2, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(1, notReady), made(0, halted)},
			wantNext: 2, rest: []int64{0},
		},
		"a deallocated machine that is named is deleted": {
			capacity: 1, next: 2, mode: v1alpha1.DeallocateMachines, remove: []string{"host-1"}, machines: []v1alpha1.Machine{made(0), made(1, halted)},
			wantNext: 2, delete: []int64{1},
		},
		"a set that deletes again deletes what is deallocated, and nothing that runs": {
			capacity: 1, next: 2, machines: []v1alpha1.Machine{made(1, notReady), made(0, halted)}, wantNext: 2, delete: []int64{0},
		},
		"a stopped set keeps what is beyond its capacity": {
			capacity: 1, next: 2, power: v1alpha1.Stopped, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0, halted), made(1, halted)},
			wantNext: 2, rest: []int64{1},
		},
		"a set that runs again starts as many as its capacity": {
			capacity: 1, next: 2, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0, halted), made(1, halted)},
			wantNext: 2, update: []int64{0}, rest: []int64{1},
		},
		"a halted set is left as it is": {
			capacity: 2, next: 1, halted: true, remove: []string{"host-0"}, machines: []v1alpha1.Machine{made(0, oldLabel)}, wantNext: 1,
		},
		"a halted set that is deleted is deleted": {
			capacity: 2, next: 1, halted: true, deleting: true, machines: []v1alpha1.Machine{made(0)}, wantNext: 1, delete: []int64{0},
		},
		"a deleted set deletes all its machines and creates none": {
			capacity: 3, next: 2, deleting: true, machines: []v1alpha1.Machine{made(0), made(1, deleted)},
			wantNext: 2, delete: []int64{0},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			set := &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{
				Capacity: tt.capacity, Model: model(), PowerState: tt.power, ScaleDownMode: tt.mode, RemoveMachines: tt.remove, Halted: tt.halted,
			}}
			set.Status.NextInstance = int64(tt.next)
			if tt.deleting {
				set.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
			}
			plan := Decide(Facts{Set: set, Machines: tt.machines})
			if !slices.Equal(plan.Create, tt.create) || plan.Next != tt.wantNext {
				t.Errorf("creates %v, next %d; want %v, next %d", plan.Create, plan.Next, tt.create, tt.wantNext)
			}
			if got := instances(plan.Delete); !slices.Equal(got, tt.delete) {
				t.Errorf("deletes %v, want %v", got, tt.delete)
			}
			for _, m := range plan.Update {
				if want := map[bool]v1alpha1.PowerState{true: v1alpha1.Stopped, false: tt.power}[slices.Contains(tt.rest, m.Spec.Instance)]; m.Spec.PowerState != want {
					t.Errorf("machine %d becomes %q", m.Spec.Instance, m.Spec.PowerState)
				}
			}
			if got := instances(plan.Update); !slices.Equal(got, tt.update) {
				t.Errorf("updates %v, want %v", got, tt.update)
			}
			if got := instances(plan.Rest); !slices.Equal(got, tt.rest) {
				t.Errorf("deallocates %v, want %v", got, tt.rest)
			}
		})
	}
}

func model() v1alpha1.MachineModel {
	return v1alpha1.MachineModel{Image: "node:2", Labels: map[string]string{"tier": "new"}}
}

func made(instance int64, but ...func(*v1alpha1.Machine)) v1alpha1.Machine {
	m := v1alpha1.Machine{Spec: v1alpha1.MachineSpec{Instance: instance, Hostname: fmt.Sprintf("host-%d", instance), Model: model()}}
	m.Spec.Model.Image = "node:1"
	m.Status.Conditions = []metav1.Condition{
		{Type: v1alpha1.MachineRunning, Status: metav1.ConditionTrue},
		{Type: v1alpha1.MachineReady, Status: metav1.ConditionTrue},
	}
	for _, b := range but {
		b(&m)
	}
	return m
}

func halted(m *v1alpha1.Machine) {
	m.Spec.PowerState, m.Spec.Model.Image = v1alpha1.Stopped, model().Image // a stopped machine has got it without a rollout
	m.Status.Conditions = []metav1.Condition{{Type: v1alpha1.MachineRunning, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonStopped}}
}
func deleted(m *v1alpha1.Machine)    { m.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }
func notRunning(m *v1alpha1.Machine) { m.Status.Conditions = nil }
func notReady(m *v1alpha1.Machine)   { m.Status.Conditions = m.Status.Conditions[:1] }
func oldLabel(m *v1alpha1.Machine)   { m.Spec.Model.Labels = map[string]string{"tier": "old"} }

func instances(machines []v1alpha1.Machine) []int64 {
	var ids []int64
	for _, m := range machines {
		ids = append(ids, m.Spec.Instance)
	}
	return ids
}
