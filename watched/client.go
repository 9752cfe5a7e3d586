package watched

import (
	"context"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Client reads from a cache that Keep has cut, and completes what is held.
func (h *Held) Client(c client.Client, live client.Reader) client.Client {
	return completed{c, h.Reader(c, live)}
}

// completed reads by its reader and does everything else by its client.
type completed struct {
	client.Client
	reads client.Reader
}

func (c completed) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	return c.reads.Get(ctx, key, o, options...)
}

func (c completed) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return c.reads.List(ctx, list, options...)
}

// Reader reads from a cache that Keep has cut, and completes what is held: from memory, or from the API server. So an object that is held can be
// newer than others, and never older than the cache.
func (h *Held) Reader(cache, live client.Reader) client.Reader { return reader{h, cache, live} }

type reader struct {
	held        *Held
	cache, live client.Reader
}

// Get implements client.Reader.
func (r reader) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	if err := r.cache.Get(ctx, key, o, options...); err != nil || !r.held.holds(o) {
		return err
	}
	if whole := r.held.find(o); whole != nil {
		reflect.ValueOf(o).Elem().Set(reflect.ValueOf(whole.DeepCopyObject()).Elem())
		return nil
	}
	if err := r.live.Get(ctx, key, o); err != nil {
		return err
	}
	r.keep(o)
	return nil
}

// List implements client.Reader. If one of the objects is not held, all are read anew: they are needed together.
func (r reader) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if !r.held.holds(list) {
		return r.cache.List(ctx, list, options...)
	}
	if err := r.cache.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		return err
	}
	complete, err := r.complete(list)
	if err != nil || complete {
		return err
	}
	if err := r.live.List(ctx, list, options...); err != nil {
		return err
	}
	return meta.EachListItem(list, func(item runtime.Object) error {
		if o, ok := item.(client.Object); ok {
			r.keep(o)
		}
		return nil
	})
}

// complete the items of a list, if all are held.
func (r reader) complete(list client.ObjectList) (bool, error) {
	items, err := meta.ExtractList(list)
	if err != nil {
		return false, fmt.Errorf("completing what was read from the cache: %w", err)
	}
	for i, item := range items {
		o, ok := item.(client.Object)
		if !ok {
			return false, nil
		}
		whole := r.held.find(o)
		if whole == nil {
			return false, nil
		}
		items[i] = whole.DeepCopyObject()
	}
	return true, meta.SetList(list, items)
}

// keep a copy of what was read from the API server, as the cache would.
func (r reader) keep(o client.Object) {
	cut(o)
	if kept, ok := o.DeepCopyObject().(client.Object); ok {
		share(kept)
		r.held.keep(kept)
	}
}
