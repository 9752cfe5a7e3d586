package apply

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"lotse.dev/api/v1alpha1"
)

// Ensure makes a rendered object what it was rendered to: it creates one that is not there, applies one that has drifted, and leaves any
// other alone, which costs nothing where c reads from a cache.
func Ensure(ctx context.Context, c client.Client, o client.Object) error {
	live, err := read(ctx, c, o)
	if err != nil {
		return err
	}
	if live == nil {
		_, err = Create(ctx, c, o)
	} else {
		_, err = Over(ctx, c, live, o)
	}
	return err
}

// EnsureNew is Ensure for an object that is probably not there. It creates it, and reads it only if that is refused. A Service with an address of its own is refused
// as invalid if it is there: its address is taken.
func EnsureNew(ctx context.Context, c client.Client, o client.Object) error {
	_, err := Create(ctx, c, o)
	if apierrors.IsAlreadyExists(err) || apierrors.IsInvalid(err) {
		return Ensure(ctx, c, o)
	}
	return err
}

// Create a rendered object that is not there, and return what the server made of it. One that is there is an error that says so: whoever
// decided without knowing it decides again.
//
// This is a POST, which costs an API server less than applying.
func Create(ctx context.Context, c client.Client, o client.Object) (client.Object, error) {
	stamped, err := Stamp(o)
	if err != nil {
		return nil, err
	}
	if err := c.Create(ctx, stamped, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return nil, fmt.Errorf("create %T %s: %w", o, client.ObjectKeyFromObject(o), err)
	}
	return stamped, nil
}

// Over applies a rendered object over the live one, and returns what the server made of it, unless the live one has all of it already. What
// the service set by creating the object and does not render any more is removed, but for the kinds of sharesFields.
func Over(ctx context.Context, c client.Client, live, o client.Object) (client.Object, error) {
	stamped, err := Stamp(o)
	if err != nil {
		return nil, err
	}
	if drifted, err := Drifted(live, stamped); err != nil || !drifted {
		return live, err
	}
	if err := inheritCreated(ctx, c, live); err != nil {
		return nil, err
	}
	return Result(ctx, c, stamped)
}

// sharesFields reports whether fields that are not rendered belong to the service too, so that they cannot be told from what was created:
// admission gives a new volume claim a class that never changes, and customers' tags of a node resource group are written by the front door.
func sharesFields(o client.Object) bool {
	switch o.(type) {
	case *corev1.PersistentVolumeClaim, *v1alpha1.ResourceGroup:
		return true
	}
	return false
}

// inheritCreated makes the fields that the service set by creating an object ones that it applied. Of Lotse's own resources the metadata
// stays, because controllers set finalizers and locks there by updates.
func inheritCreated(ctx context.Context, c client.Client, live client.Object) error {
	if sharesFields(live) {
		return nil
	}
	kind, err := apiutil.GVKForObject(live, c.Scheme())
	if err != nil {
		return fmt.Errorf("apply %T: %w", live, err)
	}
	keep := []string{finalizers}
	if kind.Group == v1alpha1.GroupVersion.Group {
		keep = nil
	}
	_, err = inherit(ctx, c, live, keep)
	return err
}

// read the object of the kind and name of o; nil if there is none.
func read(ctx context.Context, c client.Client, o client.Object) (client.Object, error) {
	live, err := empty(c.Scheme(), o)
	if err != nil {
		return nil, fmt.Errorf("reading %T: %w", o, err)
	}
	switch err := c.Get(ctx, client.ObjectKeyFromObject(o), live); {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading %T %s: %w", o, client.ObjectKeyFromObject(o), err)
	}
	return live, nil
}

// empty object of the kind of o, and untyped if o is.
func empty(scheme *runtime.Scheme, o client.Object) (client.Object, error) {
	kind, err := apiutil.GVKForObject(o, scheme)
	if err != nil {
		return nil, err
	}
	if _, untyped := o.(*unstructured.Unstructured); untyped {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(kind)
		return u, nil
	}
	made, err := scheme.New(kind)
	if err != nil {
		return nil, err
	}
	object, ok := made.(client.Object)
	if !ok {
		return nil, fmt.Errorf("%T has no metadata", made)
	}
	return object, nil
}
