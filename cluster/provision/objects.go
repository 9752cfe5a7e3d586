package provision

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Objects of a cluster on the management cluster, as they are.
type Objects struct {
	live map[key]client.Object
	// written in this reconcile, so that an object which the server keeps changing back is not written again at once.
	written map[key]bool
}

type key struct{ kind, namespace, name string }

func keyOf(o client.Object) key {
	return key{kind: fmt.Sprintf("%T", o), namespace: o.GetNamespace(), name: o.GetName()}
}

// Add objects as they were read.
func (o *Objects) Add(objects ...client.Object) {
	if o.live == nil {
		o.live = map[key]client.Object{}
	}
	for _, object := range objects {
		o.live[keyOf(object)] = object
	}
}

// Written adds an object as a write returned it.
func (o *Objects) Written(object client.Object) {
	o.Add(object)
	if o.written == nil {
		o.written = map[key]bool{}
	}
	o.written[keyOf(object)] = true
}

// find the live object of the type, namespace and name of like.
func find[T client.Object](o Objects, like T) (T, bool) {
	live, found := o.live[keyOf(like)].(T)
	return live, found
}

// all live objects of a type, by name.
func all[T client.Object](o Objects) []T {
	var found []T
	for _, object := range o.live {
		if typed, ok := object.(T); ok {
			found = append(found, typed)
		}
	}
	slices.SortFunc(found, func(a, b T) int { return strings.Compare(a.GetName(), b.GetName()) })
	return found
}
