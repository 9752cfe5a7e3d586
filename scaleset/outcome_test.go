package scaleset

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

func TestOutcome(t *testing.T) {
	for sentence, c := range map[string]struct {
		capacity int32
		deleting bool
		power    v1alpha1.PowerState
		mode     v1alpha1.ScaleDownMode
		halted   bool
		machines []v1alpha1.Machine
		waiting  string
		percent  int32
	}{
		"a set whose machines all run is done": {capacity: 1, machines: []v1alpha1.Machine{made(0)}},
		"a machine need not be a Ready node":   {capacity: 1, machines: []v1alpha1.Machine{made(0, notReady)}},
		"an empty set is done":                 {},
		"machines that do not run yet are waited for": {
			capacity: 2, machines: []v1alpha1.Machine{made(0), made(1, notRunning)}, waiting: "1 of 2 machines to run", percent: 50,
		},
		"a machine that is being deleted does not count": {
			capacity: 2, machines: []v1alpha1.Machine{made(0), made(1, deleted)}, waiting: "1 of 2 machines to run", percent: 99,
		},
		"surplus machines that are being deleted are waited for": {
			capacity: 1, machines: []v1alpha1.Machine{made(0), made(1, deleted)},
			waiting: "1 surplus machines to be drained and deleted", percent: 99,
		},
		"surplus machines that are about to be deleted are waited for": {
			machines: []v1alpha1.Machine{made(0)}, waiting: "1 surplus machines to be drained and deleted",
		},
		"a set that is stopped waits for its machines to stop": {
			capacity: 2, power: v1alpha1.Stopped, machines: []v1alpha1.Machine{made(0, halted), made(1)}, waiting: "1 of 2 machines to stop", percent: 50,
		},
		"a set whose machines have stopped is done": {capacity: 1, power: v1alpha1.Stopped, machines: []v1alpha1.Machine{made(0, halted)}},
		"a stopped set that grows waits for its machines to be made, and not to run": {
			capacity: 2, power: v1alpha1.Stopped, machines: []v1alpha1.Machine{made(0, halted)}, waiting: "1 of 2 machines to be created",
		},
		"a set that deallocates waits for its surplus machines to stop": {
			capacity: 1, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1)},
			waiting: "1 surplus machines to be drained and deallocated", percent: 99,
		},
		"a set whose surplus machines are deallocated is done": {
			capacity: 1, mode: v1alpha1.DeallocateMachines, machines: []v1alpha1.Machine{made(0), made(1, halted)},
		},
		"a set that deletes again waits for its deallocated machines to be gone": {
			capacity: 1, machines: []v1alpha1.Machine{made(0), made(1, halted)}, waiting: "1 surplus machines to be drained and deleted", percent: 99,
		},
		"a halted set waits for nothing": {capacity: 3, halted: true, machines: []v1alpha1.Machine{made(0)}},
		"a deleted set waits for its machines": {
			capacity: 1, deleting: true, machines: []v1alpha1.Machine{made(0)}, waiting: "1 machines to be deleted",
		},
		"a deleted set without machines is done": {capacity: 1, deleting: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := Facts{Set: &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{Capacity: c.capacity, Model: model(), PowerState: c.power, ScaleDownMode: c.mode, Halted: c.halted}}, Machines: c.machines}
			if c.deleting {
				f.Set.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
			}
			got := Outcome(f, Decide(f))
			if got.Waiting != c.waiting || got.Percent != c.percent || got.Done() != (c.waiting == "") {
				t.Errorf("waits for %q at %d %%, want %q at %d %%", got.Waiting, got.Percent, c.waiting, c.percent)
			}
		})
	}
}

func TestHalfAnHourOfWaitingIsFailure(t *testing.T) {
	start := metav1.NewTime(time.Unix(1000, 0))
	set := &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{Capacity: 1, Model: model()}}
	set.Generation = 1
	f := Facts{Set: set, Machines: []v1alpha1.Machine{made(0, notRunning)}}
	operation.Begin(set, start)
	operation.Settle(set, "Scale set s", Outcome(f, Decide(f)), metav1.NewTime(start.Add(30*time.Minute)))
	op := v1alpha1.CurrentOperation(set)
	if op.State != v1alpha1.Failed || op.Error.Code != "OperationTimedOut" ||
		op.Error.Message != "Scale set s is not ready after 30 minutes. It waits for: 1 of 1 machines to run." {
		t.Errorf("operation is %+v, error %+v", op, op.Error)
	}
}

func TestTheStatusCountsMachinesAndKeepsTheNextInstance(t *testing.T) {
	f := Facts{
		Set:      &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{Capacity: 3, Model: model()}},
		Machines: []v1alpha1.Machine{made(0), made(1, notReady), made(2, notRunning)},
	}
	observe(f, Plan{Next: 7})
	if s := f.Set.Status; s.Instances != 3 || s.Running != 2 || s.Ready != 1 || s.NextInstance != 7 {
		t.Errorf("status is %+v", s)
	}
}
