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
	done := &OperationError{Code: "OverconstrainedAllocationRequest", Message: "no room"}
	deleted := later(9)
	for sentence, tc := range map[string]struct {
		do    func(c *ManagedCluster)
		state OperationState
		shown string
	}{
		"a write that no controller has seen is in progress": {
			do: func(*ManagedCluster) {}, state: InProgress, shown: Creating,
		},
		"a generation that was begun is in progress": {
			do: func(c *ManagedCluster) { Begin(c, start) }, state: InProgress, shown: Creating,
		},
		"a generation that was finished has succeeded": {
			do: func(c *ManagedCluster) { Begin(c, start); Finish(c, nil, later(1)) }, state: Succeeded, shown: "Succeeded",
		},
		"a generation that was finished with a failure has failed": {
			do: func(c *ManagedCluster) { Begin(c, start); Finish(c, done, later(1)) }, state: Failed, shown: "Failed",
		},
		"the next write is in progress although the one before has succeeded": {
			do: func(c *ManagedCluster) { Begin(c, start); Finish(c, nil, later(1)); c.Generation = 2 }, state: InProgress, shown: Updating,
		},
		"beginning twice changes nothing": {
			do: func(c *ManagedCluster) { Begin(c, start); Finish(c, nil, later(1)); Begin(c, later(2)) }, state: Succeeded, shown: "Succeeded",
		},
		"finishing a generation that was never begun changes nothing": {
			do: func(c *ManagedCluster) { Finish(c, nil, later(1)) }, state: InProgress, shown: Creating,
		},
		"a deleted resource shows Deleting": {
			do: func(c *ManagedCluster) {
				Begin(c, start)
				c.Generation = 2
				c.DeletionTimestamp = &deleted
				Begin(c, deleted)
			},
			state: InProgress, shown: Deleting,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			c := clusterAt(1)
			tc.do(c)
			if got := CurrentOperation(c).State; got != tc.state {
				t.Errorf("operation is %s, want %s", got, tc.state)
			}
			if got := ProvisioningState(c); got != tc.shown {
				t.Errorf("provisioningState is %s, want %s", got, tc.shown)
			}
		})
	}
}

func TestADeletePreemptsWhatRuns(t *testing.T) {
	c := clusterAt(1)
	Begin(c, start)
	now := later(3)
	c.DeletionTimestamp, c.Generation = &now, 2
	Begin(c, now)
	if op := OperationOf(c, 1); op.State != Canceled || op.Error == nil || op.Error.Code != "AKSOperationPreemptedByDelete" {
		t.Errorf("the creation is %+v, want Canceled by the delete", op)
	}
}

func TestOldOperationsAreForgottenAsSucceeded(t *testing.T) {
	c := clusterAt(1)
	for g := int64(1); g <= 15; g++ {
		c.Generation = g
		Begin(c, later(int(g)))
		Finish(c, nil, later(int(g)))
	}
	if n := len(c.Status.Operations); n != keptOperations {
		t.Errorf("%d operations are kept, want %d", n, keptOperations)
	}
	if op := OperationOf(c, 2); op.State != Succeeded {
		t.Errorf("generation 2 is %s, want Succeeded", op.State)
	}
}

func TestWaitingIsNewsOnce(t *testing.T) {
	c := clusterAt(1)
	Begin(c, start)
	if !Wait(c, 40, "etcd") || Wait(c, 40, "etcd") || !Wait(c, 60, "the API server") {
		t.Error("Wait must report a change exactly when there is one")
	}
	Finish(c, nil, later(1))
	if op := CurrentOperation(c); op.Waiting != "" || op.Percent != 100 {
		t.Errorf("a finished operation still waits: %+v", op)
	}
}
