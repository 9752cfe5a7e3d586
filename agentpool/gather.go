package agentpool

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// inputs are what a scale set is rendered from.
type inputs struct {
	cluster *v1alpha1.ManagedCluster
	release *v1alpha1.Release
	// missing says which of them is not there.
	missing string
}

func (r *Reconciler) gather(ctx context.Context, pool *v1alpha1.AgentPool) (inputs, error) {
	in := inputs{cluster: &v1alpha1.ManagedCluster{}, release: &v1alpha1.Release{}}
	err := r.Get(ctx, types.NamespacedName{Namespace: pool.Namespace, Name: pool.Spec.Cluster}, in.cluster)
	if apierrors.IsNotFound(err) {
		in.missing = fmt.Sprintf("cluster %s, which does not exist", pool.Spec.Cluster)
		return in, nil
	}
	if err != nil {
		return in, err
	}
	err = r.Get(ctx, types.NamespacedName{Name: pool.Spec.Release}, in.release)
	if apierrors.IsNotFound(err) {
		in.missing = fmt.Sprintf("release %s, which does not exist", pool.Spec.Release)
		return in, nil
	}
	return in, err
}

// infrastructure of a pool as it is. The set is found by its label, not by its name, which takes a cluster to know.
func (r *Reconciler) infrastructure(ctx context.Context, pool *v1alpha1.AgentPool) (*v1alpha1.ScaleSet, []v1alpha1.Machine, error) {
	sets, machines := &v1alpha1.ScaleSetList{}, &v1alpha1.MachineList{}
	if err := r.List(ctx, sets, mine(pool)...); err != nil {
		return nil, nil, err
	}
	if err := r.List(ctx, machines, mine(pool)...); err != nil {
		return nil, nil, err
	}
	if len(sets.Items) == 0 {
		return nil, machines.Items, nil
	}
	return &sets.Items[0], machines.Items, nil
}

func mine(pool *v1alpha1.AgentPool) []client.ListOption {
	return []client.ListOption{client.InNamespace(pool.Namespace), client.MatchingLabels{v1alpha1.LabelPool: pool.Name}}
}

func poolOfMachine(_ context.Context, o client.Object) []ctrl.Request {
	name := o.GetLabels()[v1alpha1.LabelPool]
	if name == "" {
		return nil
	}
	return []ctrl.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}}}
}

func (r *Reconciler) poolsOfCluster(ctx context.Context, o client.Object) []ctrl.Request {
	return r.pools(ctx, func(p v1alpha1.AgentPool) bool { return p.Spec.Cluster == o.GetName() }, client.InNamespace(o.GetNamespace()))
}

func (r *Reconciler) poolsOfRelease(ctx context.Context, o client.Object) []ctrl.Request {
	return r.pools(ctx, func(p v1alpha1.AgentPool) bool { return p.Spec.Release == o.GetName() })
}

func (r *Reconciler) pools(ctx context.Context, match func(v1alpha1.AgentPool) bool, opts ...client.ListOption) []ctrl.Request {
	list := &v1alpha1.AgentPoolList{}
	if err := r.List(ctx, list, opts...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing pools")
		return nil
	}
	var requests []ctrl.Request
	for _, p := range list.Items {
		if match(p) {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&p)})
		}
	}
	return requests
}
