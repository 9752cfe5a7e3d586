package v1alpha1

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var start = metav1.NewTime(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))

func later(minutes int) metav1.Time {
	return metav1.NewTime(start.Add(time.Duration(minutes) * time.Minute))
}

func clusterAt(generation int64) *ManagedCluster {
	return &ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: generation, CreationTimestamp: start}}
}

func TestAnOperationIsAGeneration(t *testing.T) {
	deleted := later(9)
	record := func(generation int64, state OperationState) Operation {
		return Operation{Generation: generation, Verb: Creating, State: state, StartedAt: start}
	}
	for sentence, tc := range map[string]struct {
		generation, observed int64
		operations           []Operation
		deleted              *metav1.Time
		state                OperationState
		shown                string
	}{
		"a write that no controller has seen is in progress":          {1, 0, nil, nil, InProgress, Creating},
		"a generation that was begun is in progress":                  {1, 0, []Operation{record(1, InProgress)}, nil, InProgress, Creating},
		"a generation that was finished has succeeded":                {1, 1, []Operation{record(1, Succeeded)}, nil, Succeeded, "Succeeded"},
		"a generation that was finished with a failure has failed":    {1, 1, []Operation{record(1, Failed)}, nil, Failed, "Failed"},
		"the next write is in progress after one that has succeeded":  {2, 1, []Operation{record(1, Succeeded)}, nil, InProgress, Updating},
		"an old generation without a record has succeeded":            {2, 2, nil, nil, Succeeded, "Succeeded"},
		"a deleted resource shows Deleting whatever its operation is": {1, 1, []Operation{record(1, Succeeded)}, &deleted, Succeeded, Deleting},
	} {
		t.Run(sentence, func(t *testing.T) {
			c := clusterAt(tc.generation)
			c.DeletionTimestamp, c.Status.Progress = tc.deleted, Progress{ObservedGeneration: tc.observed, Operations: tc.operations}
			if got := CurrentOperation(c).State; got != tc.state {
				t.Errorf("operation is %s, want %s", got, tc.state)
			}
			if got := ProvisioningState(c); got != tc.shown {
				t.Errorf("provisioningState is %s, want %s", got, tc.shown)
			}
		})
	}
}

func TestBrokenBefore(t *testing.T) {
	ended := func(state OperationState, after time.Duration) Operation {
		at := metav1.NewTime(start.Add(after))
		return Operation{State: state, EndedAt: &at}
	}
	for sentence, c := range map[string]struct {
		op   Operation
		want bool
	}{
		"one that failed a second before":          {ended(Failed, -time.Second), true},
		"one that was canceled before":             {ended(Canceled, -time.Hour), true},
		"one that has succeeded is not broken":     {ended(Succeeded, -time.Hour), false},
		"one that runs is not":                     {Operation{State: InProgress}, false},
		"one that failed in the same second":       {ended(Failed, 0), false},
		"one that failed after the other began":    {ended(Failed, time.Second), false},
		"one of which nobody knows when it failed": {Operation{State: Failed}, false},
	} {
		if got := c.op.BrokenBefore(Operation{StartedAt: metav1.NewTime(start.Add(300 * time.Millisecond))}); got != c.want {
			t.Errorf("%s: got %t", sentence, got)
		}
	}
}

func TestAnUnseenOperationBeganWithItsWrite(t *testing.T) {
	written, status, deleted := later(5), later(7), later(9)
	c := clusterAt(2)
	c.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &written}, {Time: &status, Subresource: "status"}}
	if got := CurrentOperation(c).StartedAt; !got.Equal(&written) {
		t.Errorf("the write began at %s, want %s", got, written)
	}
	c.DeletionTimestamp = &deleted
	if got := CurrentOperation(c).StartedAt; !got.Equal(&deleted) {
		t.Errorf("the deletion began at %s, want %s", got, deleted)
	}
}
