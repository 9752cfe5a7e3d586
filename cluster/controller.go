package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
)

// recheck is how often an operation that runs looks at its deadline and at what sends no events.
const recheck = 5 * time.Second

// A first API server is asked without waiting for its probes, whose news takes a second to get here.
const (
	askAgain   = 200 * time.Millisecond
	askTimeout = time.Second
)

// Access gives clients of hosted clusters; controlplane/access does.
type Access interface {
	For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error)
	Forget(*v1alpha1.ManagedCluster)
}

// Reconciler makes ManagedClusters real.
type Reconciler struct {
	client.Client
	// Clock stamps operations and conditions. It may be ahead of real time.
	Clock clock.PassiveClock
	// Real time, for certificates and for healing.
	Real clock.PassiveClock
	// Access to hosted clusters.
	Access Access
	// PublicHost is the address or name under which customers reach node ports.
	PublicHost string
	// AtOnce is how many clusters are founded at the same time, at least one. Others wait for their turn.
	AtOnce int

	mu sync.Mutex
	// healed remembers when which add-ons were applied; forgetting it costs one round of applying them.
	healed map[types.UID]healed
}

// Reconcile brings one cluster closer to its spec.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	cluster := &v1alpha1.ManagedCluster{}
	if err := r.Get(ctx, request.NamespacedName, cluster); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if cluster.DeletionTimestamp != nil {
		return r.teardown(ctx, cluster)
	}
	if controllerutil.AddFinalizer(cluster, v1alpha1.Finalizer) {
		// Before anything is made, so that nothing is left behind.
		if err := r.Update(ctx, cluster, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return retry(err, fmt.Sprintf("setting the finalizer of cluster %s", cluster.Name))
		}
	}
	return r.provision(ctx, cluster)
}

// provision runs one pass and writes down where it got.
func (r *Reconciler) provision(ctx context.Context, cluster *v1alpha1.ManagedCluster) (ctrl.Result, error) {
	p := newPass(r, cluster)
	now := r.now()
	v1alpha1.Begin(cluster, now)
	err := p.run(ctx)
	if err != nil && again(err) {
		return retry(err, "")
	}
	p.facts.Trouble, p.facts.Operation, p.facts.Now = err, v1alpha1.CurrentOperation(cluster), now.Time
	p.facts.Since = since(cluster, now.Time)
	settle(cluster, p.facts, now)
	if err := p.save(ctx); err != nil {
		return retry(err, fmt.Sprintf("writing the status of cluster %s", cluster.Name))
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	if p.asking {
		return ctrl.Result{RequeueAfter: askAgain}, nil
	}
	if v1alpha1.CurrentOperation(cluster).State == v1alpha1.InProgress {
		return ctrl.Result{RequeueAfter: recheck}, nil
	}
	return ctrl.Result{RequeueAfter: r.untilHealing(cluster)}, nil
}

// again tells an error that only means that the cache is behind: the event that brings it up to date brings the next pass too.
func again(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }

// retry asks for another pass: soon and silently if the cache was behind, else with the queue's back-off.
func retry(err error, doing string) (ctrl.Result, error) {
	if again(err) || apierrors.IsNotFound(err) {
		return ctrl.Result{RequeueAfter: 100 * time.Millisecond}, nil
	}
	return ctrl.Result{}, fmt.Errorf("%s: %w", doing, err)
}
