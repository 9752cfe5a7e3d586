package rendering

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Choice is what a part of a cluster is to be.
type Choice struct {
	Objects []client.Object
	// Record to be stored before they are applied; nil if the stored one holds.
	Record []byte
}

// Choose between what is recorded of a part, which may be nothing, and what this Lotse renders from the present inputs. Inputs are stored in JSON; one that
// this Lotse has and an older one had not counts as changed, unless it is empty. Secrets are hashes of the Secrets that Pods mount and that are not rendered, by
// name; nil if there are none.
func Choose[I any](recorded []byte, release string, inputs I, render func(I) []client.Object, secrets func(I) map[string]string) (Choice, error) {
	fresh := render(inputs)
	from, err := json.Marshal(inputs)
	if err != nil {
		return Choice{}, fmt.Errorf("recording what was rendered: %w", err)
	}
	sum, err := sumOf(release, from, fresh)
	if err != nil {
		return Choice{}, err
	}
	if holds(recorded, sum) {
		return Choice{Objects: fresh}, nil
	}
	chosen := fresh
	if r, err := Decode(recorded); err == nil && r.Release == release {
		var before I
		// A record that cannot be read is none.
		if json.Unmarshal(r.Inputs, &before) == nil {
			var renewed []string
			if secrets != nil {
				renewed = differing(secrets(before), secrets(inputs))
			}
			if chosen, err = merge(r.Objects, render(before), fresh, renewed); err != nil {
				return Choice{}, err
			}
		}
	}
	return record(recorded, release, from, chosen)
}

// record a choice, unless the stored record has the same inputs and objects. Inputs on which no object depends yet are recorded too: a newer Lotse's objects may
// depend on them, and would seem to have changed.
func record(recorded []byte, release string, from []byte, chosen []client.Object) (Choice, error) {
	sum, err := sumOf(release, from, chosen)
	if err != nil || holds(recorded, sum) {
		return Choice{Objects: chosen}, err
	}
	content, err := Record{Release: release, Inputs: from, Objects: chosen}.Encode()
	return Choice{Objects: chosen, Record: content}, err
}

// merge what is recorded with what this Lotse renders: before, from the recorded inputs, and now, from the present ones. An object that is alike in both does
// not depend on what changed, and stays as it is recorded, unless what is recorded mounts a Secret that was renewed, or that has other keys now: an older Lotse
// may have rendered more into it. What only this Lotse renders, or does not render any more, waits for another release.
func merge(recorded, before, now []client.Object, renewed []string) ([]client.Object, error) {
	was, is, known := byKey(before), byKey(now), byKey(recorded)
	renewed = append(reshaped(recorded, before, is), renewed...)
	var merged []client.Object
	for _, o := range recorded {
		k := keyOf(o)
		switch alike, err := same(was[k], is[k]); {
		case err != nil:
			return nil, err
		case alike && (is[k] == nil || !mounts(o, renewed)):
			merged = append(merged, o)
		case is[k] != nil:
			merged = append(merged, is[k])
		}
	}
	for _, o := range now {
		if k := keyOf(o); known[k] == nil && was[k] == nil {
			merged = append(merged, o)
		}
	}
	return merged, nil
}

// same reports whether two renderings of an object are alike; nil is one that is not rendered.
func same(a, b client.Object) (bool, error) {
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	first, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("comparing %T %s: %w", a, a.GetName(), err)
	}
	second, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("comparing %T %s: %w", b, b.GetName(), err)
	}
	return bytes.Equal(first, second), nil
}

type key struct{ kind, namespace, name string }

// keyOf an object. An object without a Go type has its kind in it.
func keyOf(o client.Object) key {
	return key{fmt.Sprintf("%T %s", o, o.GetObjectKind().GroupVersionKind()), o.GetNamespace(), o.GetName()}
}

func byKey(objects []client.Object) map[key]client.Object {
	all := map[key]client.Object{}
	for _, o := range objects {
		all[keyOf(o)] = o
	}
	return all
}
