package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/cluster/plan"
)

// annotationRendered is the hash of an object as it was last rendered. By it a field that is no longer rendered differs from one that never was.
const annotationRendered = "lotse.dev/rendered"

// ensure adds a step that applies a rendered object, unless the object is there and has all of it. Comparing what is cached costs no call,
// and repairs what another writer changed.
func (f Facts) ensure(steps *[]plan.Step, rendered client.Object) error {
	desired, err := stamp(rendered)
	if err != nil {
		return err
	}
	k := keyOf(desired)
	if f.Objects.written[k] {
		return nil
	}
	if live, found := f.Objects.live[k]; found {
		if differs, err := drifted(desired, live); err != nil || !differs {
			return err
		}
	}
	*steps = append(*steps, plan.Apply{Object: desired})
	return nil
}

// stamp returns the object with the hash of its content.
func stamp(o client.Object) (client.Object, error) {
	content, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("hashing %T %s: %w", o, o.GetName(), err)
	}
	sum := sha256.Sum256(content)
	stamped, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return nil, fmt.Errorf("%T has no metadata", o)
	}
	annotations := maps.Clone(o.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotationRendered] = hex.EncodeToString(sum[:8])
	stamped.SetAnnotations(annotations)
	return stamped, nil
}

// drifted reports whether live lacks something of desired.
func drifted(desired, live client.Object) (bool, error) {
	want, err := runtime.DefaultUnstructuredConverter.ToUnstructured(desired)
	if err != nil {
		return false, fmt.Errorf("comparing %T %s: %w", desired, desired.GetName(), err)
	}
	have, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return false, fmt.Errorf("comparing %T %s: %w", live, live.GetName(), err)
	}
	delete(want, "status")
	return !contains(have, want), nil
}

// contains reports whether have has everything that want has. Empty values count as absent; lists are compared entry by entry, because the
// server fills in entries and does not reorder them.
func contains(have, want any) bool {
	switch w := want.(type) {
	case nil:
		return true
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return len(w) == 0
		}
		for key, value := range w {
			if !contains(h[key], value) {
				return false
			}
		}
		return true
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			return len(w) == 0 && len(h) == 0
		}
		for i := range w {
			if !contains(h[i], w[i]) {
				return false
			}
		}
		return true
	}
	return have == want
}
