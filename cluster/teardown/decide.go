package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
)

// Remains of a cluster that is being deleted: the machines and the control plane, which go side by side, then what both leave behind.
type Remains struct {
	// Pools take their scale sets and machines with them, and need no control plane for it: nobody drains a cluster that goes.
	Pools []client.Object
	// Workloads of the control plane, with their Pods and claims.
	Workloads []client.Object
	// Each namespace goes as soon as it is empty, and not before: it would let every Pod take its time and look again only after half of it.
	// Its end takes more than five seconds also then, because Kubernetes waits so long before it looks.
	NodesNamespace, Namespace []client.Object
	// Volumes of the namespaces that their storage class will delete.
	Volumes []string
	// Group is the node resource group.
	Group []client.Object
}

// layer is what is deleted at the same time.
type layer struct {
	objects []client.Object
	waiting string
	percent int32
}

// Next is what is to be deleted now, and what for people is being waited for. When nothing remains, waiting is "".
func (r Remains) Next() (objects []client.Object, waiting string, percent int32) {
	machines := first(
		layer{r.Pools, fmt.Sprintf("%d pools and their machines to go", len(r.Pools)), 10},
		layer{r.NodesNamespace, "the machines' namespace to go", 50})
	controlPlane := first(
		layer{r.Workloads, "the control plane to stop", 10},
		layer{r.Namespace, "the control plane's namespace to go", 50})
	switch {
	case machines.waiting != "" && controlPlane.waiting != "":
		return slices.Concat(machines.objects, controlPlane.objects), machines.waiting + ", " + controlPlane.waiting,
			min(machines.percent, controlPlane.percent)
	case machines.waiting != "":
		return machines.objects, machines.waiting, machines.percent
	case controlPlane.waiting != "":
		return controlPlane.objects, controlPlane.waiting, controlPlane.percent
	case len(r.Volumes) > 0:
		return nil, "volumes to be wiped: " + strings.Join(r.Volumes, ", "), 80
	case len(r.Group) > 0:
		return r.Group, "the node resource group to go", 90
	}
	return nil, "", 100
}

// first layer that is not gone; an empty one if all are.
func first(layers ...layer) layer {
	for _, l := range layers {
		if len(l.objects) > 0 {
			return l
		}
	}
	return layer{}
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
	if err := r.deleteAll(ctx, doomed); err != nil {
		return ctrl.Result{}, err
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

// parallel deletions for one cluster: what ends first leaves its processor time to the rest.
const parallel = 16

// deleteAll at the same time, but Pods last: what they belong to would replace them.
func (r *Reconciler) deleteAll(ctx context.Context, doomed []client.Object) error {
	for _, pods := range []bool{false, true} {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(parallel)
		for _, o := range doomed {
			if isPod(o) == pods {
				group.Go(func() error { return r.deleteOnce(ctx, o) })
			}
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func isPod(o client.Object) bool {
	_, pod := o.(*corev1.Pod)
	return pod
}

// hurry is how many seconds a Pod of a deleted control plane gets: what it could still write is deleted with it. It also ends an API
// server whose store went first, which would use all the time it is given.
const hurry = 1

func (r *Reconciler) deleteOnce(ctx context.Context, o client.Object) error {
	options := []client.DeleteOption{client.PropagationPolicy(metav1.DeletePropagationBackground)}
	if isPod(o) {
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
	return o.GetDeletionTimestamp() != nil && (!isPod(o) || seconds == nil || *seconds <= hurry)
}

func (p *pass) remains(ctx context.Context) (Remains, error) {
	var remains Remains
	pools := &v1alpha1.AgentPoolList{}
	err := p.List(ctx, pools, client.InNamespace(p.cluster.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: p.cluster.Name})
	if err != nil {
		return Remains{}, fmt.Errorf("listing the cluster's pools: %w", err)
	}
	remains.Pools = objects(pools.Items)
	if remains.Workloads, err = p.workloads(ctx); err != nil {
		return Remains{}, err
	}
	nodes, own := v1alpha1.NodesNamespace(p.cluster.Name), v1alpha1.ControlPlaneNamespace(p.cluster.Name)
	if remains.NodesNamespace, err = p.remaining(ctx, client.ObjectKey{Name: nodes}, &corev1.Namespace{}); err != nil {
		return Remains{}, err
	}
	if remains.Namespace, err = p.remaining(ctx, client.ObjectKey{Name: own}, &corev1.Namespace{}); err != nil {
		return Remains{}, err
	}
	if remains.Volumes, err = p.volumesOf(ctx, nodes, own); err != nil {
		return Remains{}, err
	}
	group := nodeGroup(p.cluster)
	o := &v1alpha1.ResourceGroup{}
	remains.Group, err = p.remaining(ctx, client.ObjectKeyFromObject(group), o)
	if err == nil && len(remains.Group) > 0 && !strings.EqualFold(o.Spec.ManagedBy, group.Spec.ManagedBy) {
		remains.Group = nil // somebody else's, which this cluster never got
	}
	return remains, err
}

func (p *pass) workloads(ctx context.Context) ([]client.Object, error) {
	if err := p.observe(ctx); err != nil {
		return nil, err
	}
	claims := &corev1.PersistentVolumeClaimList{}
	if err := p.List(ctx, claims, client.InNamespace(p.placement().Namespace())); err != nil {
		return nil, fmt.Errorf("listing the control plane's claims: %w", err)
	}
	return slices.Concat(objects(p.deployments.Items), objects(p.stores.Items), objects(p.podList.Items), objects(claims.Items)), nil
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

// remaining is the object if it is still there.
func (p *pass) remaining(ctx context.Context, key client.ObjectKey, o client.Object) ([]client.Object, error) {
	err := p.Get(ctx, key, o)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("reading what remains of cluster %s: %w", p.cluster.Name, err)
	}
	if err != nil {
		return nil, nil
	}
	return []client.Object{o}, nil
}

func (p *pass) volumesOf(ctx context.Context, namespaces ...string) ([]string, error) {
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
