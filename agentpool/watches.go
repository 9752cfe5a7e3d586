package agentpool

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

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
