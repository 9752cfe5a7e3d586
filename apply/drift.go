package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// AnnotationRendered is the hash of an object as it was last rendered. By it a field that is no longer rendered differs from one that never was.
const AnnotationRendered = "lotse.dev/rendered"

// Stamp returns a copy of a rendered object with the hash of its content. What the server sets does not count.
func Stamp(o client.Object) (client.Object, error) {
	stamped, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return nil, fmt.Errorf("%T has no metadata", o)
	}
	annotations := maps.Clone(o.GetAnnotations())
	delete(annotations, AnnotationRendered)
	stamped.SetAnnotations(annotations)
	stamped.SetResourceVersion("")
	stamped.SetUID("")
	stamped.SetGeneration(0)
	stamped.SetManagedFields(nil)
	content, err := json.Marshal(stamped)
	if err != nil {
		return nil, fmt.Errorf("hashing %T %s: %w", o, o.GetName(), err)
	}
	sum := sha256.Sum256(content)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[AnnotationRendered] = hex.EncodeToString(sum[:8])
	stamped.SetAnnotations(annotations)
	return stamped, nil
}

// Drifted reports whether a live object lacks something of a stamped one: it was rendered otherwise, or another writer changed a field that the
// service renders. It is no drift what the server fills in and what others add to maps.
func Drifted(live, stamped client.Object) (bool, error) {
	if live.GetAnnotations()[AnnotationRendered] != stamped.GetAnnotations()[AnnotationRendered] {
		return true, nil
	}
	want, err := runtime.DefaultUnstructuredConverter.ToUnstructured(stamped)
	if err != nil {
		return false, fmt.Errorf("comparing %T %s: %w", stamped, stamped.GetName(), err)
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
			// Protocol buffers leave out the kind of an object, also of one in another, such as a StatefulSet's claim template.
			if _, found := h[key]; !found && (key == "kind" || key == "apiVersion") {
				continue
			}
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
