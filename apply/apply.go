// Package apply writes rendered objects by server-side apply under the service's own field manager. A field of such an object with another
// owner is therefore evidence of an out-of-band change.
package apply

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"lotse.dev/api/v1alpha1"
)

// Objects applies the objects in order and stops at the first error. Applying an unchanged object changes nothing.
func Objects(ctx context.Context, c client.Client, objects ...client.Object) error {
	for _, o := range objects {
		if err := Object(ctx, c, o); err != nil {
			return err
		}
	}
	return nil
}

// Object applies one object, without its status and the metadata that the server sets. The object itself is not changed.
func Object(ctx context.Context, c client.Client, o client.Object) error {
	u, err := bare(c.Scheme(), o)
	if err != nil {
		return err
	}
	return send(ctx, c, u)
}

// Result applies one object and returns what the server made of it, in the type of o.
func Result(ctx context.Context, c client.Client, o client.Object) (client.Object, error) {
	u, err := bare(c.Scheme(), o)
	if err != nil {
		return nil, err
	}
	if err := send(ctx, c, u); err != nil {
		return nil, err
	}
	if _, untyped := o.(*unstructured.Unstructured); untyped {
		return u, nil
	}
	return typed(c.Scheme(), u)
}

// send applies u, which then holds the server's answer.
func send(ctx context.Context, c client.Client, u *unstructured.Unstructured) error {
	err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", u.GetKind(), client.ObjectKeyFromObject(u), err)
	}
	return nil
}

// typed is an answer in the type of its kind.
func typed(scheme *runtime.Scheme, u *unstructured.Unstructured) (client.Object, error) {
	empty, err := scheme.New(u.GroupVersionKind())
	if err != nil {
		return nil, fmt.Errorf("reading what was applied: %w", err)
	}
	result, ok := empty.(client.Object)
	if !ok {
		return nil, fmt.Errorf("reading what was applied: %T has no metadata", empty)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, result); err != nil {
		return nil, fmt.Errorf("reading %s %s as it was applied: %w", u.GetKind(), client.ObjectKeyFromObject(u), err)
	}
	return result, nil
}

// bare returns the object with its kind and without what the server sets.
func bare(scheme *runtime.Scheme, o client.Object) (*unstructured.Unstructured, error) {
	gvk, err := apiutil.GVKForObject(o, scheme)
	if err != nil {
		return nil, fmt.Errorf("apply %T: %w", o, err)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, fmt.Errorf("apply %s %s: %w", gvk.Kind, client.ObjectKeyFromObject(o), err)
	}
	u := &unstructured.Unstructured{Object: content}
	u.SetGroupVersionKind(gvk)
	unstructured.RemoveNestedField(content, "status")
	for _, f := range []string{"creationTimestamp", "managedFields", "resourceVersion", "uid", "generation"} {
		unstructured.RemoveNestedField(content, "metadata", f)
	}
	return u, nil
}
