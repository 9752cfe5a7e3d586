package plan

import (
	"cmp"
	"encoding/json"
	"reflect"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
)

// Unchanged reports whether a spec asks for what is there already. Its profiles count as pools, not as text.
func Unchanged(present state.Cluster, spec v1alpha1.ManagedClusterSpec) bool {
	for _, profile := range spec.PoolProfiles {
		p, ok := present.Pool(profile.Name)
		if !ok || !Same(p.Spec, profile.AgentPoolSpec) {
			return false
		}
	}
	before := present.Object.Spec
	before.PoolProfiles, spec.PoolProfiles = nil, nil
	before.PowerState, spec.PowerState = "", "" // of a cluster that may be written: no stop is wanted
	return Same(before, spec)
}

// ClusterVerb is the verb of a write of a cluster that exists: an upgrade if its control plane does not run the version that the spec asks for.
func ClusterVerb(present *v1alpha1.ManagedCluster, after v1alpha1.ManagedClusterSpec) string {
	runs := cmp.Or(present.Status.CurrentKubernetesVersion, present.Spec.KubernetesVersion)
	if after.KubernetesVersion != runs {
		return v1alpha1.Upgrading
	}
	return v1alpha1.Updating
}

// Same compares two specs as they are stored: an empty map and no map are alike.
func Same(a, b any) bool { return reflect.DeepEqual(asJSON(a), asJSON(b)) }

func asJSON(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var out any
	_ = json.Unmarshal(data, &out) // it was just written
	return out
}
