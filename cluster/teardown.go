package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
)

// Remains of a cluster that is being deleted, in the order in which they go.
type Remains struct {
	// Pools take their scale sets and machines with them. The control plane outlives them, because machines leave through it.
	Pools []client.Object
	// Workloads and their Pods go before their namespace, which would let every Pod take its time and look again only after half of it.
	Workloads []client.Object
	// Store goes after those who write to it: an API server without its store takes all the time it is given to end.
	Store      []client.Object
	Namespaces []client.Object
	// Volumes of the namespaces that their storage class will delete.
	Volumes []string
	// Group is the node resource group.
	Group []client.Object
}

// Next is what is to be deleted now, and what for people is being waited for. When nothing remains, waiting is "".
func (r Remains) Next() (objects []client.Object, waiting string, percent int32) {
	switch {
	case len(r.Pools) > 0:
		return r.Pools, fmt.Sprintf("%d pools and their machines to go", len(r.Pools)), 10
	case len(r.Workloads) > 0:
		return r.Workloads, "the control plane to stop", 40
	case len(r.Store) > 0:
		return r.Store, "the store to go", 45
	case len(r.Namespaces) > 0:
		return r.Namespaces, "the control plane to go", 50
	case len(r.Volumes) > 0:
		return nil, "volumes to be wiped: " + strings.Join(r.Volumes, ", "), 80
	case len(r.Group) > 0:
		return r.Group, "the node resource group to go", 90
	}
	return nil, "", 100
}

// teardown deletes one layer after the other and comes back until nothing is left; then the cluster itself may go.
func (r *Reconciler) teardown(ctx context.Context, cluster *v1alpha1.ManagedCluster) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(cluster, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	p := newPass(r, cluster)
	v1alpha1.Begin(cluster, r.now())
	remains, err := p.remains(ctx)
	if err != nil {
		return ctrl.Result{}, err
	}
	doomed, waiting, percent := remains.Next()
	if waiting == "" {
		return r.farewell(ctx, cluster)
	}
	for _, o := range doomed {
		if err := r.deleteOnce(ctx, o); err != nil {
			return ctrl.Result{}, err
		}
	}
	v1alpha1.Wait(cluster, percent, waiting)
	if err := p.save(ctx); err != nil {
		return retry(err, fmt.Sprintf("writing the status of cluster %s", cluster.Name))
	}
	// Volumes send no events that lead here.
	return ctrl.Result{RequeueAfter: recheck / 5}, nil
}

// farewell lets the object go. Its operation needs no end: an object that is gone has been deleted.
func (r *Reconciler) farewell(ctx context.Context, cluster *v1alpha1.ManagedCluster) (ctrl.Result, error) {
	r.Access.Forget(cluster)
	r.forgetHealed(cluster.UID)
	before := cluster.DeepCopy()
	controllerutil.RemoveFinalizer(cluster, v1alpha1.Finalizer)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Patch(ctx, cluster, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return retry(err, fmt.Sprintf("removing the finalizer of cluster %s", cluster.Name))
	}
	return ctrl.Result{}, nil
}

// hurry is how many seconds a Pod of a deleted control plane gets: what it could still write is deleted with it.
const hurry = 1

func (r *Reconciler) deleteOnce(ctx context.Context, o client.Object) error {
	options := []client.DeleteOption{client.PropagationPolicy(metav1.DeletePropagationBackground)}
	if _, pod := o.(*corev1.Pod); pod {
		options = append(options, client.GracePeriodSeconds(hurry))
	}
	if going(o) {
		return nil
	}
	if err := r.Delete(ctx, o, options...); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting %T %s: %w", o, o.GetName(), err)
	}
	return nil
}

// going tells whether an object is being deleted, and fast enough: the garbage collector may have come first and left a Pod its time.
func going(o client.Object) bool {
	seconds := o.GetDeletionGracePeriodSeconds()
	_, pod := o.(*corev1.Pod)
	return o.GetDeletionTimestamp() != nil && (!pod || seconds == nil || *seconds <= hurry)
}

func (p *pass) remains(ctx context.Context) (Remains, error) {
	var remains Remains
	pools := &v1alpha1.AgentPoolList{}
	err := p.List(ctx, pools, client.InNamespace(p.cluster.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: p.cluster.Name})
	if err != nil {
		return Remains{}, fmt.Errorf("listing the cluster's pools: %w", err)
	}
	remains.Pools = objects(pools.Items)
	if remains.Workloads, remains.Store, err = p.workloads(ctx); err != nil {
		return Remains{}, err
	}
	names := []string{v1alpha1.NodesNamespace(p.cluster.Name), v1alpha1.ControlPlaneNamespace(p.cluster.Name)}
	for _, name := range names {
		o := &corev1.Namespace{}
		if remains.Namespaces, err = p.remaining(ctx, remains.Namespaces, client.ObjectKey{Name: name}, o); err != nil {
			return Remains{}, err
		}
	}
	if remains.Volumes, err = p.volumesOf(ctx, names); err != nil {
		return Remains{}, err
	}
	group := nodeGroup(p.cluster)
	o := &v1alpha1.ResourceGroup{}
	remains.Group, err = p.remaining(ctx, nil, client.ObjectKeyFromObject(group), o)
	if err == nil && len(remains.Group) > 0 && !strings.EqualFold(o.Spec.ManagedBy, group.Spec.ManagedBy) {
		remains.Group = nil // somebody else's, which this cluster never got
	}
	return remains, err
}

func (p *pass) workloads(ctx context.Context) (workloads, store []client.Object, err error) {
	if err := p.observe(ctx); err != nil {
		return nil, nil, err
	}
	claims := &corev1.PersistentVolumeClaimList{}
	if err := p.List(ctx, claims, client.InNamespace(p.placement().Namespace())); err != nil {
		return nil, nil, fmt.Errorf("listing the control plane's claims: %w", err)
	}
	workloads = objects(p.deployments.Items)
	store = append(objects(p.stores.Items), objects(claims.Items)...)
	for _, pod := range objects(p.podList.Items) {
		if pod.GetLabels()[v1alpha1.LabelComponent] == controlplane.Etcd {
			store = append(store, pod)
		} else {
			workloads = append(workloads, pod)
		}
	}
	return workloads, store, nil
}

// objects are the items of a typed list.
func objects[T any, P interface {
	*T
	client.Object
}](items []T) []client.Object {
	all := make([]client.Object, 0, len(items))
	for i := range items {
		all = append(all, P(&items[i]))
	}
	return all
}

// remaining adds the object to list if it is still there.
func (p *pass) remaining(ctx context.Context, list []client.Object, key client.ObjectKey, o client.Object) ([]client.Object, error) {
	err := p.Get(ctx, key, o)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("reading what remains of cluster %s: %w", p.cluster.Name, err)
	}
	if err != nil {
		return list, nil
	}
	return append(list, o), nil
}

func (p *pass) volumesOf(ctx context.Context, namespaces []string) ([]string, error) {
	volumes := &corev1.PersistentVolumeList{}
	if err := p.List(ctx, volumes); err != nil {
		return nil, fmt.Errorf("listing volumes: %w", err)
	}
	var names []string
	for _, v := range volumes.Items {
		claim := v.Spec.ClaimRef
		if claim != nil && slices.Contains(namespaces, claim.Namespace) && v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
			names = append(names, v.Name)
		}
	}
	return names, nil
}
