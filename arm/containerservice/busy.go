package containerservice

import (
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/operation"
)

// retryBusy is when asking again may make sense; operations take a while.
const retryBusy = 5 * time.Second

// admit says why a write must wait: an operation of the cluster or of any of its pools runs, or the end has been ordered.
func admit(s state) error {
	if t := s.cluster.DeletionTimestamp; t != nil {
		return fault.New(fault.OperationNotAllowed, "Operation is not allowed on the managed cluster '%s' since deletion was issued on UTC %s. "+
			"The only allowed operation is deletion.", s.cluster.Spec.Name, t.UTC().Format(time.RFC3339))
	}
	if err := running(operation.Cluster, s.cluster, "managed cluster", s.cluster.Spec.Name); err != nil {
		return err
	}
	for i := range s.pools {
		if err := running(operation.Pool, &s.pools[i], "agent pool", s.pools[i].Spec.Name); err != nil {
			return err
		}
	}
	return unclaimed(s, time.Now())
}

func running(kind operation.Kind, o v1alpha1.Tracked, what, name string) error {
	op := v1alpha1.CurrentOperation(o)
	if op.State != v1alpha1.InProgress && o.GetDeletionTimestamp() == nil {
		return nil
	}
	verb := strings.ToLower(strings.TrimSuffix(v1alpha1.ProvisioningState(o), "ing")) + "e" // Creating → create
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because there's an in progress %s %s operation (operation ID: %s) "+
		"on the %s '%s' started on UTC %s. Please wait for it to finish before starting a new operation.",
		verb, what, operation.Of(kind, o), what, name, op.StartedAt.UTC().Format(time.RFC3339)).After(retryBusy)
}
