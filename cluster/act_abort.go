package cluster

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
)

// abortPool notes the wish on the pool as it was read: another write of it comes first.
func (r *Reconciler) abortPool(ctx context.Context, f *facts, s plan.AbortPool) error {
	pool := s.Pool.DeepCopy()
	v1alpha1.SetAbort(pool)
	if err := r.Patch(ctx, pool, client.MergeFromWithOptions(s.Pool, client.MergeFromWithOptimisticLock{}), owner); err != nil {
		return err
	}
	f.provision.Pools[pool.Name] = pool
	return nil
}
