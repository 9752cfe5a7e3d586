package provision

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/addons"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/rendering"
	"lotse.dev/controlplane"
)

// Keys of the Secret that records what was rendered.
const recordedComponents, recordedAddons = "components", "addons"

// rendered is what a cluster's control plane and add-ons are to be. Their workloads follow the cluster's release and not this Lotse (A6).
type rendered struct {
	components, addons renderedPart
	// steps record it, before any of it is applied.
	steps []plan.Step
}

type renderedPart struct {
	objects []client.Object
	// err is why it cannot be rendered; the other part goes on.
	err error
}

func (f Facts) render(p prerequisites) rendered {
	r, stored := rendered{}, f.recorded()
	data := map[string][]byte{}
	if s, err := f.controlPlane(p); err != nil {
		r.components.err = err
	} else {
		r.components = choose(data, stored, recordedComponents, f.Release.Name, s, controlplane.Policies, controlplane.Workloads,
			func(s controlplane.Spec) map[string]string { return s.CredentialHashes })
	}
	if s, err := f.addonSpec(); err != nil {
		r.addons.err = err
	} else {
		r.addons = choose(data, stored, recordedAddons, f.Release.Name, s, addons.Access, addons.Workloads, nil)
	}
	if len(data) > 0 && (stored == nil || f.Cluster.Owns(stored)) {
		var err error
		if r.steps, err = f.record(stored, data); err != nil {
			r.components.err, r.addons.err = err, err
		}
	}
	return r
}

// choose a part's workloads, and put what is to be recorded of them into data. What is the service's own comes first.
func choose[S any](data map[string][]byte, stored *corev1.Secret, key, release string, s S, own, workloads func(S) []client.Object,
	secrets func(S) map[string]string) renderedPart {
	var recorded []byte
	if stored != nil {
		recorded = stored.Data[key]
	}
	choice, err := rendering.Choose(recorded, release, s, workloads, secrets)
	if choice.Record != nil {
		data[key] = choice.Record
	}
	return renderedPart{slices.Concat(own(s), choice.Objects), err}
}

// recorded is the Secret as it was read, or as it was written in this reconcile; nil if there is none.
func (f Facts) recorded() *corev1.Secret {
	if written, found := find(f.Objects, f.ref().Secret(v1alpha1.SecretRendering, nil)); found {
		return written
	}
	return f.Secrets[v1alpha1.SecretRendering]
}

func (f Facts) record(stored *corev1.Secret, changed map[string][]byte) ([]plan.Step, error) {
	data, live := map[string][]byte{}, client.Object(nil)
	if stored != nil {
		maps.Copy(data, stored.Data)
		live = stored
	}
	maps.Copy(data, changed)
	desired, err := apply.Stamp(f.ref().Secret(v1alpha1.SecretRendering, data))
	if err != nil {
		return nil, err
	}
	return []plan.Step{plan.Apply{Object: desired, Live: live}}, nil
}
