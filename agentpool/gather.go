package agentpool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Facts are what a decision about a pool depends on.
type Facts struct {
	Pool *v1alpha1.AgentPool
	// Cluster and Release that the pool names; nil if there is none.
	Cluster *v1alpha1.ManagedCluster
	Release *v1alpha1.Release
	// Sets of the pool. There is one, or none.
	Sets     []v1alpha1.ScaleSet
	Machines []v1alpha1.Machine
	Now      time.Time
}

// Set of the pool; nil while there is none.
func (f Facts) Set() *v1alpha1.ScaleSet {
	if len(f.Sets) == 0 {
		return nil
	}
	return &f.Sets[0]
}

// staying are the machines that are not being deleted, without those of a surge.
func (f Facts) staying() []v1alpha1.Machine {
	return slices.DeleteFunc(slices.Clone(f.Machines), func(m v1alpha1.Machine) bool { return m.DeletionTimestamp != nil || m.Spec.Surge })
}

// gather the facts. Scale sets are found by their label and not by their name, which is derived from a cluster that may be gone.
func (r *Reconciler) gather(ctx context.Context, pool *v1alpha1.AgentPool) (Facts, error) {
	f := Facts{Pool: pool, Cluster: &v1alpha1.ManagedCluster{}, Release: &v1alpha1.Release{}, Now: r.Clock.Now()}
	found, err := r.exists(ctx, types.NamespacedName{Namespace: pool.Namespace, Name: pool.Spec.Cluster}, f.Cluster)
	if err != nil {
		return f, err
	}
	if !found {
		f.Cluster = nil
	}
	if found, err = r.exists(ctx, types.NamespacedName{Name: pool.Spec.Release}, f.Release); err != nil {
		return f, err
	}
	if !found {
		f.Release = nil
	}
	sets, machines := &v1alpha1.ScaleSetList{}, &v1alpha1.MachineList{}
	for _, list := range []client.ObjectList{sets, machines} {
		if err := r.List(ctx, list, client.InNamespace(pool.Namespace), client.MatchingLabels{v1alpha1.LabelPool: pool.Name}); err != nil {
			return f, fmt.Errorf("listing the infrastructure of pool %s: %w", pool.Spec.Name, err)
		}
	}
	f.Sets, f.Machines = sets.Items, machines.Items
	return f, nil
}

func (r *Reconciler) exists(ctx context.Context, key types.NamespacedName, o client.Object) (bool, error) {
	err := r.Get(ctx, key, o)
	return err == nil, client.IgnoreNotFound(err)
}
