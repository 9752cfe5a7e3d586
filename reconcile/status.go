package reconcile

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// SaveStatus writes the status of o if it differs from that of before, which is o as it was read. Nothing newer than what was read is
// overwritten: that is a conflict. An object that is gone needs no status.
func SaveStatus(ctx context.Context, c client.Client, before, o client.Object) error {
	if equality.Semantic.DeepEqual(before, o) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Status().Patch(ctx, o, patch, client.FieldOwner(v1alpha1.FieldManager)); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("writing the status of %T %s: %w", o, o.GetName(), err)
	}
	return nil
}
