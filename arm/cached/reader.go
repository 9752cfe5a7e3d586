package cached

import (
	"context"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// A list that meets a write waits so long for the cache to see it, and looks so often. Reading all objects from the API server takes longer.
const (
	maxWait = 100 * time.Millisecond
	look    = 5 * time.Millisecond
)

// poolsOfCluster indexes pools by their cluster, so that reading one cluster does not look at all pools of its subscription.
const poolsOfCluster = "lotse.dev/pools-of-cluster"

// Index what Reader looks up in the cache.
func Index(ctx context.Context, indexer client.FieldIndexer) error {
	return indexer.IndexField(ctx, &v1alpha1.AgentPool{}, poolsOfCluster, func(o client.Object) []string {
		return []string{o.GetLabels()[v1alpha1.LabelCluster]}
	})
}

// Reader reads the recorded kinds from the cache unless it is behind, and other kinds from the API server. An object is the caller's own; the
// items of a List belong to the cache and must not be changed.
func (c *Client) Reader() client.Reader { return reader{c, nil} }

// Shared is a Reader whose objects belong to the cache and must not be changed.
func (c *Client) Shared() client.Reader {
	return reader{c, []client.GetOption{client.UnsafeDisableDeepCopy}}
}

type reader struct {
	c    *Client
	gets []client.GetOption
}

// Get implements client.Reader.
func (r reader) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	k := r.c.kind(o)
	if k == nil || k.strict && !r.c.replicas.Alone() {
		return r.c.Client.Get(ctx, key, o, options...)
	}
	if !k.behind(ctx, key) {
		if err := k.cache.Get(ctx, key, o, append(options, r.gets...)...); (err == nil || apierrors.IsNotFound(err)) && r.still(k) {
			return err
		}
	}
	before := k.expected(key)
	forget(o)
	err := r.c.Client.Get(ctx, key, o, options...)
	switch {
	case err == nil:
		k.seen(ctx, before, key, o)
	case apierrors.IsNotFound(err):
		k.seen(ctx, before, key, nil)
	}
	return err
}

// List implements client.Reader.
func (r reader) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	k := r.c.kind(list)
	if k == nil || k.strict && !r.c.replicas.Alone() {
		return r.c.Client.List(ctx, list, options...)
	}
	asked := client.ListOptions{}
	asked.ApplyOptions(options)
	if k.caughtUp(ctx, asked.Namespace) && k.cache.List(ctx, list, indexed(k, asked)) == nil && r.still(k) {
		return nil
	}
	before := k.expectedAll()
	forget(list)
	if err := r.c.Client.List(ctx, list, options...); err != nil {
		return err
	}
	if k.strict && asked.LabelSelector == nil && asked.FieldSelector == nil && asked.Limit == 0 {
		return k.seenAll(ctx, before, list, asked.Namespace)
	}
	if !k.strict {
		return nil
	}
	return each(list, func(o client.Object) { k.seen(ctx, before, client.ObjectKeyFromObject(o), o) })
}

// forget what was read from the cache and may not be answered: an answer of the API server is decoded into what an object has, and that belongs to
// the cache.
func forget(o any) { reflect.ValueOf(o).Elem().SetZero() }

// still reports whether what was just read from the cache may be answered: this replica has been alone until now, however long it was held up.
func (r reader) still(k *kind) bool { return !k.strict || r.c.replicas.Alone() }

// caughtUp waits a moment until the cache has seen all writes in a namespace. It is false if the cache has not.
func (k *kind) caughtUp(ctx context.Context, namespace string) bool {
	for waited := time.Duration(0); k.behindAny(ctx, namespace); waited += look {
		if !k.strict || waited >= maxWait {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(look):
		}
	}
	return true
}

// indexed are the options by which the cache finds the same without looking at each object.
func indexed(k *kind, o client.ListOptions) *client.ListOptions {
	shared := true
	o.UnsafeDisableDeepCopy = &shared
	if _, pools := k.empty.(*v1alpha1.AgentPool); !pools || o.LabelSelector == nil {
		return &o
	}
	if cluster, exact := o.LabelSelector.RequiresExactMatch(v1alpha1.LabelCluster); exact {
		o.FieldSelector = fields.OneTermEqualSelector(poolsOfCluster, cluster)
	}
	return &o
}
