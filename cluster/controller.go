package cluster

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/reconcile"
)

// Access gives clients of hosted clusters whose errors are marked as theirs (reconcile.Hosted); controlplane/access does.
type Access interface {
	For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error)
	Forget(*v1alpha1.ManagedCluster)
}

// Images are those that clusters pull from Lotse's registry; arm/registry has them.
type Images interface {
	// RevokeCluster ends the tokens of a cluster's machines, by the cluster's UID.
	RevokeCluster(ctx context.Context, uid string) error
}

// Reconciler provisions, upgrades and deletes ManagedClusters.
type Reconciler struct {
	client.Client
	// Clock stamps operations and conditions. It may be ahead of real time.
	Clock clock.PassiveClock
	// Real time, for certificates and resyncs.
	Real clock.PassiveClock
	// Access to hosted clusters.
	Access Access
	// Images that the machines of a deleted cluster may pull no more; nil if there are none.
	Images Images
	// PublicHost is the address or name under which customers reach node ports.
	PublicHost string
	// MaxConcurrent is how many clusters are provisioned at the same time, at least one. Others wait in the provisioning queue.
	MaxConcurrent int
	// Gate between decision and action; plan.Open if nil.
	Gate plan.Gate

	mu sync.Mutex
	// addons that were applied; forgetting them costs one round of applying them.
	addons map[types.UID]provision.Addons
}

// rounds of deciding and acting in one reconcile. A new cluster takes six until it waits for its control plane.
const rounds = 10

// Reconcile brings one cluster closer to its spec.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	f, err := r.gather(ctx, request.NamespacedName)
	if err != nil || f == nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	p := r.decide(f)
	for round := 0; len(p.Steps) > 0 && round < rounds; round++ {
		if err := r.act(ctx, f, p.Steps); reconcile.IsConflict(err) {
			return ctrl.Result{}, err
		} else if err != nil {
			f.trouble(err)
		}
		p = r.decide(f)
	}
	return r.settle(ctx, f, p)
}
