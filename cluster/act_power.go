package cluster

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/power"
	"lotse.dev/webhooks"
)

// hostedTimeout of one look into a cluster that is about to stop.
const hostedTimeout = 3 * time.Second

// endpointController is the label of EndpointSlices that follow Pods.
const endpointController = "endpointslice-controller.k8s.io"

// setPoolPower begins an operation of a pool, also if the same one failed before.
func (r *Reconciler) setPoolPower(ctx context.Context, f *facts, s plan.SetPoolPower) error {
	pool := s.Pool.DeepCopy()
	if pool.Spec.ClusterPowerState == s.To {
		pool.Spec.Attempt++
	}
	pool.Spec.ClusterPowerState = s.To
	v1alpha1.SetVerb(pool, v1alpha1.PowerVerb(s.To))
	if id := f.cluster.Annotations[v1alpha1.AnnotationCorrelationID]; id != "" {
		pool.Annotations[v1alpha1.AnnotationCorrelationID] = id
	}
	if err := r.Update(ctx, pool, owner); err != nil {
		return err
	}
	f.provision.Pools[pool.Name] = pool // power has the same map
	f.provision.Objects.Written(pool)
	return nil
}

// scaleDown a workload to no Pods. What is known of it changes only when that is written.
func (r *Reconciler) scaleDown(ctx context.Context, s plan.ScaleDown) error {
	switch o := s.Object.(type) {
	case *appsv1.Deployment:
		scaled := o.DeepCopy()
		scaled.Spec.Replicas = ptr.To[int32](0)
		if err := r.Patch(ctx, scaled, client.MergeFrom(o), owner); err != nil {
			return err
		}
		scaled.DeepCopyInto(o)
	case *appsv1.StatefulSet:
		scaled := o.DeepCopy()
		scaled.Spec.Replicas = ptr.To[int32](0)
		if err := r.Patch(ctx, scaled, client.MergeFrom(o), owner); err != nil {
			return err
		}
		scaled.DeepCopyInto(o)
	default:
		return fmt.Errorf("a %T has no replicas", o)
	}
	return nil
}

// findBlockingWebhooks of the hosted cluster. One that does not answer has none.
func (r *Reconciler) findBlockingWebhooks(ctx context.Context, f *facts) {
	f.power.Webhooks = &power.Webhooks{}
	ctx, cancel := context.WithTimeout(ctx, hostedTimeout)
	defer cancel()
	hosted, err := r.Access.For(ctx, f.cluster)
	if err == nil {
		var obstacles []webhooks.Obstacle
		obstacles, err = webhooks.Read(ctx, hosted)
		for _, o := range obstacles {
			f.power.Webhooks.Obstacles = append(f.power.Webhooks.Obstacles, o.String())
		}
	}
	if err != nil {
		ctrl.LoggerFrom(ctx).Info("A cluster is stopped without a look at its webhooks", "reason", err.Error())
	}
}

// countEndpoints that the hosted cluster's own controller keeps. A cluster that does not answer is not waited for.
func (r *Reconciler) countEndpoints(ctx context.Context, f *facts) {
	f.power.Endpoints = new(int)
	ctx, cancel := context.WithTimeout(ctx, hostedTimeout)
	defer cancel()
	hosted, err := r.Access.For(ctx, f.cluster)
	slices := &discoveryv1.EndpointSliceList{}
	if err == nil {
		err = hosted.List(ctx, slices, client.MatchingLabels{discoveryv1.LabelManagedBy: endpointController})
	}
	if err != nil {
		ctrl.LoggerFrom(ctx).Info("A cluster is stopped without a look at its endpoints", "reason", err.Error())
		return
	}
	for i := range slices.Items {
		*f.power.Endpoints += len(slices.Items[i].Endpoints)
	}
}

// rest lets go of what is kept for a cluster that runs.
func (r *Reconciler) rest(c *v1alpha1.ManagedCluster) {
	r.Access.Forget(c)
	r.forgetAddons(c.UID)
}
