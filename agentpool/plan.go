package agentpool

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Plan is what brings the infrastructure of a pool in line with it.
type Plan struct {
	// Apply is the scale set as the pool wants it; nil if it is left as it is.
	Apply *v1alpha1.ScaleSet
	// Delete are scale sets of a deleted pool.
	Delete []v1alpha1.ScaleSet
	// Missing names what a scale set cannot be rendered without; "" if nothing is missing.
	Missing string
	// Ahead says what the pool's control plane has to do first; "" if it need not do anything.
	Ahead string
}

// Decide makes the plan. A scale set is written while an operation of the pool runs, or when there is none: between operations it keeps
// what was changed through the infrastructure API.
func Decide(f Facts) Plan {
	if f.Pool.DeletionTimestamp != nil {
		return Plan{Delete: slices.DeleteFunc(slices.Clone(f.Sets), func(s v1alpha1.ScaleSet) bool { return s.DeletionTimestamp != nil })}
	}
	if missing := f.missing(); missing != "" {
		return Plan{Missing: missing, Apply: f.halted()}
	}
	if f.Set() != nil && v1alpha1.CurrentOperation(f.Pool).State != v1alpha1.InProgress {
		return Plan{}
	}
	if ahead := f.ahead(); ahead != "" && f.Pool.Spec.Power() != v1alpha1.Stopped {
		return Plan{Ahead: ahead, Apply: f.halted()}
	}
	wanted := ScaleSet(f.Pool, f.Cluster, f.Release)
	setVerb(wanted, f.Set(), f.Pool)
	return Plan{Apply: wanted}
}

// halted is the scale set as it is, to be halted: nothing else can be rendered, but an abort ends what it still does for an operation before. Nil leaves it alone.
func (f Facts) halted() *v1alpha1.ScaleSet {
	present := f.Set()
	if present == nil || present.DeletionTimestamp != nil || !v1alpha1.Aborted(f.Pool) || v1alpha1.CurrentOperation(f.Pool).State != v1alpha1.InProgress {
		return nil
	}
	wanted := &v1alpha1.ScaleSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: present.Namespace, Name: present.Name, Labels: present.Labels, OwnerReferences: present.OwnerReferences,
		},
		Spec: *present.Spec.DeepCopy(),
	}
	wanted.Spec.Halted = true
	setVerb(wanted, present, f.Pool)
	return wanted
}

func (f Facts) missing() string {
	switch {
	case f.Cluster == nil:
		return fmt.Sprintf("cluster %s, which does not exist", f.Pool.Spec.Cluster)
	case f.Release == nil:
		return fmt.Sprintf("release %s, which does not exist", f.Pool.Spec.Release)
	case f.Release.Spec.Images[v1alpha1.ImageNode] == "":
		return fmt.Sprintf("a release with a node image; %s has none, choose another", f.Release.Name)
	}
	return ""
}

// setVerb names the operation of the scale set that applying wanted begins. If applying it changes nothing, the name stays what it is, or
// each reconcile would write the set.
func setVerb(wanted, present *v1alpha1.ScaleSet, pool *v1alpha1.AgentPool) {
	if present == nil {
		v1alpha1.SetVerb(wanted, v1alpha1.Creating)
		return
	}
	wanted.Generation = present.Generation
	resized, repowered := wanted.Spec.DeepCopy(), wanted.Spec.DeepCopy()
	resized.Capacity, repowered.PowerState = present.Spec.Capacity, present.Spec.PowerState
	switch {
	case equality.Semantic.DeepEqual(wanted.Spec, present.Spec):
		if verb, named := present.Annotations[v1alpha1.AnnotationVerb]; named {
			wanted.Annotations = map[string]string{v1alpha1.AnnotationVerb: verb}
		}
	case equality.Semantic.DeepEqual(*resized, present.Spec):
		v1alpha1.SetVerb(wanted, v1alpha1.Scaling)
	case equality.Semantic.DeepEqual(*repowered, present.Spec):
		v1alpha1.SetVerb(wanted, v1alpha1.PowerVerb(wanted.Spec.PowerState))
	default:
		verb, upgrade := upgrades(wanted, present, pool)
		if !upgrade {
			verb = v1alpha1.Updating
		}
		v1alpha1.SetVerb(wanted, verb)
	}
}
