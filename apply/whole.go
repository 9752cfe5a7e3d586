package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"lotse.dev/api/v1alpha1"
)

// inherited is the field manager under which fields pass from Create and Update to Apply. It is never stored.
const inherited = v1alpha1.FieldManager + "-inherited"

// Whole applies an object whose whole spec the service writes, and returns what the server made of it, in the type of o. What the service set
// earlier and o does not have is removed, however it was set: Kubernetes counts what one manager creates or updates and what it applies as
// two owners, so applying alone would leave fields of the first for ever.
//
// o has the UID and the resource version that were read, and neither if it is new. A write in between is a conflict.
func Whole(ctx context.Context, c client.Client, o client.Object) (client.Object, error) {
	u, err := bare(c.Scheme(), o)
	if err != nil {
		return nil, err
	}
	version := ""
	if o.GetUID() != "" {
		if version, err = inherit(ctx, c, o, nil); err != nil {
			return nil, err
		}
	}
	u.SetUID(o.GetUID())
	u.SetResourceVersion(version)
	if err := send(ctx, c, u); err != nil {
		return nil, err
	}
	return typed(c.Scheme(), u)
}

// inherit makes the fields that the service set by Create and Update ones that it applied, and returns the resource version after that. Of the
// metadata the fields in keep stay as they are, or all if it is nil.
func inherit(ctx context.Context, c client.Client, o client.Object, keep []string) (version string, err error) {
	now, err := uncut(ctx, c, o)
	if err != nil {
		return "", err
	}
	entries, found, err := separate(now.GetManagedFields(), keep)
	if err != nil || !found {
		return o.GetResourceVersion(), err
	}
	now.SetManagedFields(entries)
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(now, sets.New(inherited), v1alpha1.FieldManager)
	if err != nil {
		return "", fmt.Errorf("reading who owns the fields of %T %s: %w", o, client.ObjectKeyFromObject(o), err)
	}
	if err := c.Patch(ctx, now, client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return "", fmt.Errorf("taking over the fields of %T %s: %w", o, client.ObjectKeyFromObject(o), err)
	}
	return now.GetResourceVersion(), nil
}

// uncut is an object as the API server has it: a cache may have cut off who owns its fields (package watched). It is read without its Go type,
// which no cache has. If it is not the version that o is, that is a conflict.
func uncut(ctx context.Context, c client.Client, o client.Object) (*unstructured.Unstructured, error) {
	kind, err := apiutil.GVKForObject(o, c.Scheme())
	if err != nil {
		return nil, fmt.Errorf("apply %T: %w", o, err)
	}
	now := &unstructured.Unstructured{}
	now.SetGroupVersionKind(kind)
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), now); err != nil {
		return nil, fmt.Errorf("reading who owns the fields of %s %s: %w", kind.Kind, client.ObjectKeyFromObject(o), err)
	}
	if now.GetUID() != o.GetUID() || now.GetResourceVersion() != o.GetResourceVersion() {
		resource := schema.GroupResource{Group: kind.Group, Resource: kind.Kind}
		return nil, apierrors.NewConflict(resource, o.GetName(), errors.New("it has changed since it was read"))
	}
	return now, nil
}

// separate moves what the service created and updated to the manager inherited, and reports whether there was any. Of the metadata the fields
// in keep stay, or all if it is nil: finalizers and locks are set by updates alone, and would go with the next apply.
func separate(entries []metav1.ManagedFieldsEntry, keep []string) (separated []metav1.ManagedFieldsEntry, found bool, err error) {
	for _, e := range entries {
		if e.Manager != v1alpha1.FieldManager || e.Operation != metav1.ManagedFieldsOperationUpdate || e.Subresource != "" || e.FieldsV1 == nil {
			separated = append(separated, e)
			continue
		}
		metadata, rest, err := split(e, keep)
		if err != nil {
			return nil, false, err
		}
		if metadata.FieldsV1 != nil {
			separated = append(separated, metadata)
		}
		if rest.FieldsV1 != nil {
			separated, found = append(separated, rest), true
		}
	}
	return separated, found, nil
}

// finalizers is their field in an entry's metadata.
const finalizers = "f:finalizers"

// split an entry into one that stays and one that belongs to the manager inherited. An empty one has no fields.
func split(e metav1.ManagedFieldsEntry, keep []string) (staying, rest metav1.ManagedFieldsEntry, err error) {
	fields, kept := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(e.FieldsV1.GetRawBytes(), &fields); err != nil {
		return staying, rest, fmt.Errorf("reading the managed fields of %s: %w", e.Manager, err)
	}
	const key = "f:metadata"
	if keep == nil {
		move(fields, kept, key)
	} else if err := splitMetadata(fields, kept, key, keep); err != nil {
		return staying, rest, fmt.Errorf("reading the managed fields of %s: %w", e.Manager, err)
	}
	staying, rest = e, e
	rest.Manager = inherited
	if staying.FieldsV1, err = fieldsV1(kept); err == nil {
		rest.FieldsV1, err = fieldsV1(fields)
	}
	return staying, rest, err
}

// splitMetadata moves the fields in keep of the metadata.
func splitMetadata(fields, kept map[string]json.RawMessage, key string, keep []string) error {
	raw, found := fields[key]
	if !found {
		return nil
	}
	metadata, staying := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &metadata); err != nil {
		return err
	}
	for _, field := range keep {
		move(metadata, staying, field)
	}
	delete(fields, key)
	return errors.Join(put(fields, key, metadata), put(kept, key, staying))
}

// put a part, unless it is empty.
func put(in map[string]json.RawMessage, key string, part map[string]json.RawMessage) (err error) {
	if len(part) > 0 {
		in[key], err = json.Marshal(part)
	}
	return err
}

func move(from, to map[string]json.RawMessage, key string) {
	if value, found := from[key]; found {
		to[key] = value
		delete(from, key)
	}
}

// fieldsV1 are nil if there are none.
func fieldsV1(fields map[string]json.RawMessage) (*metav1.FieldsV1, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	return metav1.NewFieldsV1(string(raw)), nil
}
