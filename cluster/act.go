package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/cluster/plan"
	"lotse.dev/operation"
	"lotse.dev/reconcile"
)

// owner of what the service writes.
var owner = client.FieldOwner(v1alpha1.FieldManager)

// act takes steps in their order, and puts what they wrote into the facts: a cache shows it only later. A step that fails ends the steps
// that need it; the first error is returned.
func (r *Reconciler) act(ctx context.Context, f *facts, steps []plan.Step) error {
	var first error
	for _, s := range steps {
		err := r.take(ctx, f, s)
		if err == nil {
			continue
		}
		if first == nil {
			first = fmt.Errorf("cluster %s: %s: %w", f.cluster.Name, s, err)
		}
		if !plan.Independent(s) {
			break
		}
	}
	return first
}

func (r *Reconciler) take(ctx context.Context, f *facts, s plan.Step) error {
	switch s := s.(type) {
	case plan.AddFinalizer:
		return r.addFinalizer(ctx, f)
	case plan.Apply:
		return r.apply(ctx, f, s)
	case plan.RecordEndpoint:
		return r.recordEndpoint(ctx, f, s)
	case plan.WriteAuthorities:
		return r.writeAuthorities(ctx, f)
	case plan.WriteCredentials:
		return r.writeCredentials(ctx, f, s)
	case plan.RotateAuthorities:
		return r.rotateAuthorities(ctx, f, s)
	case plan.WritePool:
		return r.writePool(ctx, f, s)
	case plan.AbortPool:
		return r.abortPool(ctx, f, s)
	case plan.ApplyAddons:
		return r.applyAddons(ctx, f, s)
	case plan.FindBlockingWebhooks:
		r.findBlockingWebhooks(ctx, f)
		return nil
	case plan.CountEndpoints:
		r.countEndpoints(ctx, f)
		return nil
	case plan.SetPoolPower:
		return r.setPoolPower(ctx, f, s)
	case plan.ScaleDown:
		return r.scaleDown(ctx, s)
	case plan.Delete:
		return r.delete(ctx, s)
	case plan.RemoveFinalizer:
		return r.removeFinalizer(ctx, f)
	}
	return fmt.Errorf("the controller does not know step %T", s)
}

// addFinalizer leaves the status alone, which is written last.
func (r *Reconciler) addFinalizer(ctx context.Context, f *facts) error {
	written := f.before.DeepCopy()
	controllerutil.AddFinalizer(written, v1alpha1.Finalizer)
	patch := client.MergeFromWithOptions(f.before, client.MergeFromWithOptimisticLock{})
	if err := r.Patch(ctx, written, patch, owner); err != nil {
		return err
	}
	f.before = written
	status := f.cluster.Status
	written.DeepCopyInto(f.cluster)
	f.cluster.Status = status
	return nil
}

func (r *Reconciler) apply(ctx context.Context, f *facts, s plan.Apply) error {
	var written client.Object
	var err error
	if s.Live == nil {
		written, err = apply.Create(ctx, r.Client, s.Object)
	} else {
		written, err = apply.Over(ctx, r.Client, s.Live, s.Object)
	}
	if err != nil {
		return err
	}
	f.provision.Objects.Written(written)
	return nil
}

func (r *Reconciler) recordEndpoint(ctx context.Context, f *facts, s plan.RecordEndpoint) error {
	f.cluster.Status.Endpoint = s.Endpoint
	operation.SetConditions(&f.cluster.Status.Conditions, f.cluster.Generation, metav1.NewTime(r.Clock.Now()), s.Conditions...)
	if err := reconcile.SaveStatus(ctx, r.Client, f.before, f.cluster); err != nil {
		return err
	}
	f.before = f.cluster.DeepCopy()
	return nil
}

// writePool replaces the whole spec, also fields that another writer set: the profile is what the customer wants now.
func (r *Reconciler) writePool(ctx context.Context, f *facts, s plan.WritePool) error {
	var err error
	pool, verb := s.Want.DeepCopy(), v1alpha1.PoolVerb(s.Have, s.Want.Spec.AgentPoolSpec)
	if s.Have == nil {
		v1alpha1.SetVerb(pool, verb)
		err = r.Create(ctx, pool, owner)
	} else {
		pool = s.Have.DeepCopy()
		pool.Spec, pool.Annotations = s.Want.Spec, s.Want.DeepCopy().Annotations
		v1alpha1.SetVerb(pool, verb)
		err = r.Update(ctx, pool, owner)
	}
	if apierrors.IsInvalid(err) {
		f.provision.Refused = &v1alpha1.OperationError{Code: "InvalidParameter", Message: fmt.Sprintf("Pool %s: %v", s.Want.Spec.Name, err)}
		return nil
	}
	if err != nil {
		return err
	}
	f.provision.Pools[pool.Name] = pool
	f.provision.Objects.Written(pool)
	return nil
}

// removeFinalizer ends the cluster. Before that it revokes its machines' tokens.
func (r *Reconciler) removeFinalizer(ctx context.Context, f *facts) error {
	if r.Images != nil {
		if err := r.Images.RevokeCluster(ctx, string(f.cluster.UID)); err != nil {
			return fmt.Errorf("revoking its machines' tokens: %w", err)
		}
	}
	r.Access.Forget(f.cluster)
	r.forgetAddons(f.cluster.UID)
	written := f.before.DeepCopy()
	controllerutil.RemoveFinalizer(written, v1alpha1.Finalizer)
	patch := client.MergeFromWithOptions(f.before, client.MergeFromWithOptimisticLock{})
	if err := r.Patch(ctx, written, patch, owner); client.IgnoreNotFound(err) != nil {
		return err
	}
	controllerutil.RemoveFinalizer(f.cluster, v1alpha1.Finalizer)
	return nil
}
