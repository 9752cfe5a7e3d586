package concurrency

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/operation"
)

// retryInProgress is when a client may repeat a request that an operation in progress refused.
const retryInProgress = 5 * time.Second

// Idle returns why a write of the parent must wait: it is being deleted, an operation of the parent or of a child is in progress, or another
// request holds the parent's lock; now is real time. The texts are AKS's.
func Idle(f Family, now time.Time) error { return idle(f, f.Children, now) }

// IdleChild returns why a write of one child, which may be a new one, must wait. It does not wait for operations of other children.
func IdleChild(f Family, child Resource, now time.Time) error { return idle(f, []Resource{child}, now) }

func idle(f Family, children []Resource, now time.Time) error {
	parent := f.Parent
	if t := parent.Object.GetDeletionTimestamp(); t != nil {
		return fault.New(fault.OperationNotAllowed, "Operation is not allowed on the %s '%s' since deletion was issued on UTC %s. "+
			"The only allowed operation is deletion.", parent.Noun, parent.Name, t.UTC().Format(time.RFC3339)).After(retryInProgress)
	}
	for _, r := range append([]Resource{parent}, children...) {
		if err := inProgress(r); err != nil {
			return err
		}
	}
	return unlocked(f, now)
}

// inProgress refuses a write while the resource's operation runs or its deletion does.
func inProgress(r Resource) error {
	if r.Object == nil {
		return nil
	}
	op := v1alpha1.CurrentOperation(r.Object)
	if op.State != v1alpha1.InProgress && r.Object.GetDeletionTimestamp() == nil {
		return nil
	}
	verb := v1alpha1.Infinitive(v1alpha1.ProvisioningState(r.Object))
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because there's an in progress %s %s operation (operation ID: %s) "+
		"on the %s '%s' started on UTC %s. Please wait for it to finish before starting a new operation.",
		verb, r.Noun, operation.Of(r.Kind, r.Object), r.Noun, r.Name, op.StartedAt.UTC().Format(time.RFC3339)).After(retryInProgress)
}
