package store

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/reconcile"
)

// How often a store is checked: while there is much space, while its file takes much of the quota, and while it is full or nearly so. Each check is a new
// connection, and most stores of most clusters are nearly empty.
const (
	checkInterval       = 30 * time.Second
	checkIntervalFilled = 15 * time.Second
	checkIntervalFull   = 5 * time.Second
)

// Reconciler maintains the stores of hosted clusters. It writes status.store and no other part of a cluster.
type Reconciler struct {
	client.Client
}

// SetupWithManager registers the controller. A store sends no events, so it is checked at intervals.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.ManagedCluster{}, builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	return reconcile.Complete(mgr, "store", &v1alpha1.ManagedCluster{}, b, r)
}

// Reconcile maintains one cluster's store.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	cluster := &v1alpha1.ManagedCluster{}
	if err := r.Get(ctx, request.NamespacedName, cluster); err != nil || cluster.DeletionTimestamp != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	switch {
	case cluster.AtRest():
		return ctrl.Result{}, nil // a start is a new generation
	case cluster.Status.CurrentKubernetesVersion == "", cluster.StopWanted(), cluster.Power() == v1alpha1.Stopped:
		return ctrl.Result{RequeueAfter: checkIntervalFilled}, nil // it has never been up, is about to go down, or is not yet up again
	}
	e, err := r.reach(ctx, cluster)
	if err != nil {
		return ctrl.Result{}, err
	}
	state, err := maintain(ctx, e)
	if ctx.Err() != nil {
		return ctrl.Result{}, nil // the process ends
	}
	if err != nil {
		state = unanswered(cluster.Status.Store, err)
	}
	if err := r.record(ctx, cluster, state); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: again(state)}, nil
}

// reach a cluster's store with the service's own credential for it.
func (r *Reconciler) reach(ctx context.Context, cluster *v1alpha1.ManagedCluster) (*etcd, error) {
	key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(cluster.Name), Name: v1alpha1.ComponentEtcd}
	service, secret := &corev1.Service{}, &corev1.Secret{}
	if err := r.Get(ctx, key, service); err != nil {
		return nil, fmt.Errorf("finding the store of cluster %s: %w", cluster.Name, err)
	}
	key.Name = v1alpha1.SecretEtcdService
	if err := r.Get(ctx, key, secret); err != nil {
		return nil, fmt.Errorf("reading the service's credential for the store of cluster %s: %w", cluster.Name, err)
	}
	if !cluster.Owns(service) || !cluster.Owns(secret) {
		return nil, fmt.Errorf("the store in namespace %s belongs to something else than cluster %s", key.Namespace, cluster.Name)
	}
	return open(net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(controlplane.EtcdPort)), secret.Data)
}

// maintain reads the state of a store, and frees space where that helps.
func maintain(ctx context.Context, e *etcd) (v1alpha1.StoreState, error) {
	f := facts{tried: map[step]bool{}}
	for {
		state, err := e.state(ctx)
		if err != nil {
			return state, err
		}
		f.StoreState = state
		next := decide(f)
		if next == nothing {
			return f.StoreState, nil
		}
		f.tried[next] = true
		began := time.Now()
		if err := e.do(ctx, next); err != nil {
			f.Trouble = err.Error()
			return f.StoreState, nil
		}
		log.FromContext(ctx).Info("Freed space in a store", "step", next, "took", time.Since(began).String(),
			"sizeBytes", f.SizeBytes, "usedBytes", f.UsedBytes, "quotaBytes", f.QuotaBytes)
	}
}

// unanswered is the last known state with the error. Whether etcd is up is decided by its probes.
func unanswered(last *v1alpha1.StoreState, err error) v1alpha1.StoreState {
	state := v1alpha1.StoreState{}
	if last != nil {
		state = *last
	}
	state.Trouble = err.Error()
	return state
}

// record what is new. This controller alone writes this part of the status, so no optimistic lock is needed.
func (r *Reconciler) record(ctx context.Context, cluster *v1alpha1.ManagedCluster, state v1alpha1.StoreState) error {
	if !changed(cluster.Status.Store, state) {
		return nil
	}
	before := cluster.DeepCopy()
	cluster.Status.Store = &state
	if err := r.Status().Patch(ctx, cluster, client.MergeFrom(before), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return client.IgnoreNotFound(err)
	}
	return nil
}

// changed reports whether a state is worth writing: numbers that moved by less than a hundredth of the quota are not.
func changed(before *v1alpha1.StoreState, now v1alpha1.StoreState) bool {
	if before == nil || before.Full != now.Full || before.Trouble != now.Trouble || before.QuotaBytes != now.QuotaBytes {
		return true
	}
	moved := func(a, b int64) bool { return max(a-b, b-a)*100 >= now.QuotaBytes && a != b }
	return moved(before.SizeBytes, now.SizeBytes) || moved(before.UsedBytes, now.UsedBytes) || FillingUp(*before) != FillingUp(now)
}
