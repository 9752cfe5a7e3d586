package cluster

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/cluster/plan"
)

// parallel deletions for one cluster: what ends first leaves its processor time to the rest.
const parallel = 16

// delete objects at the same time, and mark each as being deleted.
func (r *Reconciler) delete(ctx context.Context, s plan.Delete) error {
	options := []client.DeleteOption{client.PropagationPolicy(metav1.DeletePropagationBackground)}
	if s.GraceSeconds != nil {
		options = append(options, client.GracePeriodSeconds(*s.GraceSeconds))
	}
	now := metav1.NewTime(r.Clock.Now())
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, o := range s.Objects {
		group.Go(func() error {
			own := options
			if uid := o.GetUID(); uid != "" { // a successor of the same name stays
				own = append(slices.Clone(options), client.Preconditions{UID: &uid})
			}
			if err := r.Delete(ctx, o, own...); client.IgnoreNotFound(err) != nil {
				return fmt.Errorf("deleting %T %s: %w", o, o.GetName(), err)
			}
			o.SetDeletionTimestamp(&now)
			o.SetDeletionGracePeriodSeconds(s.GraceSeconds)
			return nil
		})
	}
	return group.Wait()
}
