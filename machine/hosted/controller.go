package hosted

import (
	"context"
	"time"

	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
)

const (
	// retryInterval for a control plane that does not answer yet: machines boot at the same time and should not wait long.
	retryInterval = 250 * time.Millisecond
	// checkInterval at which a watched cluster's credential is compared with the watch's.
	checkInterval = 5 * time.Minute
)

// Config is the service's credential for a hosted cluster; an error means that there is none yet. It is controlplane/access.Config.
type Config func(ctx context.Context, c client.Reader, cluster *v1alpha1.ManagedCluster) (*rest.Config, error)

// Reconciler starts a watch for every cluster whose API server is ready, and stops it when the cluster is deleted
// or stopped.
type Reconciler struct {
	client.Client
	Config  Config
	Watches *Watches
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.Add(stopper{r.Watches}); err != nil {
		return err
	}
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.ManagedCluster{})
	return reconcile.Complete(mgr, "hosted-watch", &v1alpha1.ManagedCluster{}, b, r)
}

// Reconcile the watch of one cluster.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	cluster := &v1alpha1.ManagedCluster{}
	err := r.Get(ctx, req.NamespacedName, cluster)
	if client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, err
	}
	if err != nil || cluster.DeletionTimestamp != nil || cluster.AtRest() {
		r.Watches.remove(req.NamespacedName)
		return ctrl.Result{}, nil
	}
	config, err := r.Config(ctx, r.Client, cluster)
	if err != nil {
		ctrl.LoggerFrom(ctx).V(1).Info("no credential yet", "reason", err.Error())
		return ctrl.Result{RequeueAfter: retryInterval}, nil
	}
	since := servingSince(cluster)
	if r.Watches.current(req.NamespacedName, config, since) {
		return ctrl.Result{RequeueAfter: checkInterval}, nil
	}
	if err := checkReady(ctx, config); err != nil {
		ctrl.LoggerFrom(ctx).V(1).Info("API server does not answer yet", "reason", err.Error())
		return ctrl.Result{RequeueAfter: retryInterval}, nil
	}
	return ctrl.Result{RequeueAfter: checkInterval}, r.Watches.watch(req.NamespacedName, config, since)
}

// servingSince is when a cluster's API server began to serve without interruption; zero while it does not, or that is not known.
func servingSince(cluster *v1alpha1.ManagedCluster) time.Time {
	for _, c := range cluster.Status.Components {
		if c.Name == v1alpha1.ComponentAPIServer && c.Healthy {
			return c.Since.Time
		}
	}
	return time.Time{}
}

// stopper stops all watches when the process loses its leadership.
type stopper struct{ watches *Watches }

var _ manager.LeaderElectionRunnable = stopper{}

// Start implements manager.Runnable.
func (s stopper) Start(ctx context.Context) error {
	<-ctx.Done()
	s.watches.stopAll()
	return nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (stopper) NeedLeaderElection() bool { return true }
