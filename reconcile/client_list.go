package reconcile

import (
	"context"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// List implements client.Reader. A list that selects by fields is the cache's alone.
func (c *ownWrites) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	o := (&client.ListOptions{}).ApplyOptions(options)
	own := c.ownIn(list, o.Namespace)
	if err := c.Client.List(ctx, list, options...); err != nil || len(own) == 0 {
		return err
	}
	if o.FieldSelector != nil || o.Limit > 0 {
		return nil
	}
	items, err := apimeta.ExtractList(list)
	if err != nil {
		return fmt.Errorf("reading %T: %w", list, err)
	}
	items, changed := c.older(items, own, o)
	added, err := c.missing(ctx, own, o)
	if err != nil || !changed && len(added) == 0 {
		return err
	}
	return apimeta.SetList(list, append(items, added...))
}

// ownIn returns the objects of a namespace, or of all, that the cache may not have as they were written. They are not to be changed.
func (c *ownWrites) ownIn(list client.ObjectList, namespace string) map[client.ObjectKey]client.Object {
	kind, typed := c.kind(list)
	if !typed {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(c.real.Now())
	all := map[client.ObjectKey]client.Object{}
	for key, w := range c.ahead[kind] {
		if namespace == "" || namespace == key.Namespace {
			all[key] = w.object
		}
	}
	return all
}

// older replaces the items that are older than what was written, and takes what is newer from own: what is left there is not in the cache.
func (c *ownWrites) older(items []runtime.Object, own map[client.ObjectKey]client.Object, o *client.ListOptions) (now []runtime.Object, changed bool) {
	for _, item := range items {
		object, ok := item.(client.Object)
		if !ok {
			now = append(now, item)
			continue
		}
		key := client.ObjectKeyFromObject(object)
		mine := own[key]
		delete(own, key)
		switch {
		case mine == nil:
			now = append(now, item)
		case !newer(mine, object):
			c.past(mine)
			now = append(now, item)
		default:
			changed = true
			if selected(mine, o) {
				now = append(now, mine.DeepCopyObject())
			}
		}
	}
	return now, changed
}

// missing are objects that were written and are not in the cached list: not yet, or not any more, which the API server knows.
func (c *ownWrites) missing(ctx context.Context, own map[client.ObjectKey]client.Object, o *client.ListOptions) ([]runtime.Object, error) {
	var added []runtime.Object
	for key, mine := range own {
		if !selected(mine, o) {
			continue
		}
		now, ok := reflect.New(reflect.TypeOf(mine).Elem()).Interface().(client.Object)
		if !ok {
			continue
		}
		err := c.settled(mine, c.live.Get(ctx, key, now))
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, err
		case selected(now, o):
			added = append(added, now)
		}
	}
	return added, nil
}

func selected(o client.Object, by *client.ListOptions) bool {
	return (by.Namespace == "" || by.Namespace == o.GetNamespace()) &&
		(by.LabelSelector == nil || by.LabelSelector.Matches(labels.Set(o.GetLabels())))
}

// set o to a copy of what was written. Both are of the same type.
func set(o, own client.Object) error {
	to, from := reflect.ValueOf(o).Elem(), reflect.ValueOf(own.DeepCopyObject()).Elem()
	if to.Type() != from.Type() {
		return fmt.Errorf("%T was written as %T", o, own)
	}
	to.Set(from)
	return nil
}
