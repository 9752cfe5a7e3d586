package scaleset

import (
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
		power          v1alpha1.PowerState
		machines       []v1alpha1.Machine
		create         []int64
		wantNext       int64
		delete         []int64
		update         []int64
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
		"a deleted set deletes all its machines and creates none": {
			capacity: 3, next: 2, deleting: true, machines: []v1alpha1.Machine{made(0), made(1, deleted)},
			wantNext: 2, delete: []int64{0},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			set := &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{Capacity: tt.capacity, Model: model(), PowerState: tt.power}}
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
				if m.Spec.PowerState != tt.power {
					t.Errorf("machine %d becomes %q", m.Spec.Instance, m.Spec.PowerState)
				}
			}
			if got := instances(plan.Update); !slices.Equal(got, tt.update) {
				t.Errorf("updates %v, want %v", got, tt.update)
			}
		})
	}
}

func model() v1alpha1.MachineModel {
	return v1alpha1.MachineModel{Image: "node:2", Labels: map[string]string{"tier": "new"}}
}

func made(instance int64, but ...func(*v1alpha1.Machine)) v1alpha1.Machine {
	m := v1alpha1.Machine{Spec: v1alpha1.MachineSpec{Instance: instance, Model: model()}}
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
