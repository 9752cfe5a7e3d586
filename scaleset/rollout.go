package scaleset

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
	"lotse.dev/rollout"
)

// gatherRollout reads whether the pool's operation is in progress, which every rollout is part of.
func (r *Reconciler) gatherRollout(ctx context.Context, f *Facts) error {
	pool, cluster, spec := &v1alpha1.AgentPool{}, &v1alpha1.ManagedCluster{}, f.Set.Spec
	if err := r.Get(ctx, types.NamespacedName{Namespace: f.Set.Namespace, Name: spec.Pool}, pool); err != nil {
		return client.IgnoreNotFound(err) // without a pool nothing is rolled out
	}
	if err := r.Get(ctx, types.NamespacedName{Namespace: f.Set.Namespace, Name: spec.Cluster}, cluster); err != nil {
		return client.IgnoreNotFound(err)
	}
	f.Rollout = rollout.Of(rollout.Wanted{
		Pool: pool, Model: spec.Model, Settings: spec.UpgradeSettings, Count: spec.Capacity,
		JoinedIsReady: cluster.Spec.Network.Plugin == v1alpha1.NetworkPluginNone,
	}, f.Machines, r.Clock.Now())
	return nil
}

// withRollout adds the steps of a rollout to a plan. Machines that the plan deletes are not part of it any more.
func withRollout(p Plan, f Facts) Plan {
	steps := rollout.Decide(f.Rollout)
	for range steps.Surge {
		p.Surge = append(p.Surge, p.Next)
		p.Next++
	}
	for _, m := range f.Machines {
		switch i := m.Spec.Instance; {
		case p.deletes(i):
		case slices.Contains(steps.Remove, i):
			p.Delete = append(p.Delete, m)
		case slices.Contains(steps.Drain, i):
			p.change(m, func(m *v1alpha1.Machine) {
				m.Spec.Drain = &v1alpha1.Drain{Rollout: f.Rollout.Generation, Since: metav1.NewTime(f.Rollout.Now)}
			})
		case slices.Contains(steps.Quarantine, i):
			p.change(m, quarantine)
		case slices.Contains(steps.Release, i):
			p.change(m, func(m *v1alpha1.Machine) { m.Spec.Drain = nil })
		case slices.Contains(steps.Replace, i):
			p.change(m, func(m *v1alpha1.Machine) { replace(m, f.Set.Spec.Model) })
		}
	}
	p.Recheck = steps.Next
	return p
}

func quarantine(m *v1alpha1.Machine) {
	m.Spec.Drain = m.Spec.Drain.DeepCopy()
	m.Spec.Drain.Quarantined = true
}

func (p Plan) deletes(instance int64) bool {
	return slices.ContainsFunc(p.Delete, func(m v1alpha1.Machine) bool { return m.Spec.Instance == instance })
}

// change a machine, beside what else is changed of it.
func (p *Plan) change(m v1alpha1.Machine, how func(*v1alpha1.Machine)) {
	for i := range p.Update {
		if p.Update[i].Spec.Instance == m.Spec.Instance {
			how(&p.Update[i])
			return
		}
	}
	changed := m.DeepCopy()
	how(changed)
	p.Update = append(p.Update, *changed)
}

// replace what a machine runs by another model. If that has another image, the machine gets another disk too: one write, from which there is no way back.
func replace(m *v1alpha1.Machine, model v1alpha1.MachineModel) {
	if m.Spec.Model.Image != model.Image {
		m.Spec.Reimages++
	}
	m.Spec.Model, m.Spec.Drain = *model.DeepCopy(), nil
}

// newerAtRest reports whether a machine should have another model and can get it without a rollout: because it is stopped, or because the image
// is the same and only what comes with it is not.
func newerAtRest(m v1alpha1.Machine, model v1alpha1.MachineModel) bool {
	if m.Spec.Model.Image == model.Image {
		return m.Spec.Model.Release != model.Release || m.Spec.Model.ImageVersion != model.ImageVersion
	}
	return m.Stopped() // one that is only on its way there still has Pods to drain
}

// surge renders a machine that is there only while others are replaced.
func surge(set *v1alpha1.ScaleSet, instance int64) *v1alpha1.Machine {
	m := Machine(set, instance)
	m.Spec.Surge = true
	return m
}

// recheck is when a set is looked at again although nothing was heard of it.
func (p Plan) recheck() time.Duration {
	if p.Recheck > 0 {
		return min(p.Recheck, operation.Recheck)
	}
	return operation.Recheck
}

// rolling waits for what a rollout waits for.
func rolling(s situation) operation.Outcome { return rollout.Outcome(s.Rollout) }

func (r *Reconciler) setsOfPool(ctx context.Context, o client.Object) []ctrl.Request {
	list := &v1alpha1.ScaleSetList{}
	if err := r.List(ctx, list, client.InNamespace(o.GetNamespace()), client.MatchingLabels{v1alpha1.LabelPool: o.GetName()}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing the scale sets of a pool")
		return nil
	}
	var requests []ctrl.Request
	for _, set := range list.Items {
		requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&set)})
	}
	return requests
}

// operationTurned passes the beginning and the end of a pool's operation.
var operationTurned = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false }, // its set is listed too
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.AgentPool)
		after, okToo := e.ObjectNew.(*v1alpha1.AgentPool)
		return !ok || !okToo || before.Generation != after.Generation || v1alpha1.CurrentOperation(before).State != v1alpha1.CurrentOperation(after).State
	},
	DeleteFunc: func(event.DeleteEvent) bool { return false },
}
