package cached

import (
	"context"
	"fmt"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// maxLag is how long a write of a lookup is expected in the cache. A watch that lags more is broken, and was begun anew by then.
const maxLag = time.Minute

// Replicas says what this replica may assume of others that write to the same API server.
type Replicas interface {
	// Alone reports whether no other replica can have answered a write since the last Refresh.
	Alone() bool
	// Acknowledge waits until a write that is stored may be answered: until no other replica believes to be alone.
	Acknowledge(context.Context) error
}

// together is what is assumed if nothing is known of other replicas: there are some, and they read nothing from caches.
type together struct{}

func (together) Alone() bool                       { return false }
func (together) Acknowledge(context.Context) error { return nil }

// Kinds of objects that are read from the cache, as empty objects.
type Kinds struct {
	// Lookups are needed by every request. Writes of others are seen when the watch brings them.
	Lookups []client.Object
	// Resources are what users read: a read sees every write that any replica has answered.
	Resources []client.Object
}

// Client reads and writes the API server directly, and records its writes of some kinds for Reader. It does not record DeleteAllOf: the front
// door does not write those kinds in this way.
type Client struct {
	client.Client
	replicas Replicas
	kinds    map[string]*kind       // by name
	types    map[reflect.Type]*kind // of objects and of lists
}

// New client that records writes of these kinds, which the cache watches. real is a clock of real time: with one that is set ahead, a right
// that was just removed could still count. Without replicas resources are read from the API server.
func New(live client.Client, cache client.Reader, real clock.PassiveClock, replicas Replicas, kinds Kinds) (*Client, error) {
	if replicas == nil {
		replicas = together{}
	}
	c := &Client{Client: live, replicas: replicas, kinds: map[string]*kind{}, types: map[reflect.Type]*kind{}}
	for strict, objects := range map[bool][]client.Object{false: kinds.Lookups, true: kinds.Resources} {
		for _, o := range objects {
			if err := c.watch(&kind{cache: cache, real: real, empty: o, strict: strict, ahead: map[client.ObjectKey]write{}}); err != nil {
				return nil, fmt.Errorf("kinds to cache: %w", err)
			}
		}
	}
	return c, nil
}

func (c *Client) watch(k *kind) error {
	gvk, err := c.GroupVersionKindFor(k.empty)
	if err != nil {
		return err
	}
	list, err := c.Scheme().New(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err != nil {
		return err
	}
	k.list = list
	c.kinds[gvk.Kind] = k
	c.types[reflect.TypeOf(k.empty)], c.types[reflect.TypeOf(list)] = k, k
	return nil
}

// kind of an object, or of the items of a list; nil if it is not recorded.
func (c *Client) kind(o runtime.Object) *kind { return c.types[reflect.TypeOf(o)] }

// Create implements client.Writer.
func (c *Client) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	return c.record(ctx, o, false, c.Client.Create(ctx, o, options...))
}

// Update implements client.Writer.
func (c *Client) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	return c.record(ctx, o, false, c.Client.Update(ctx, o, options...))
}

// Patch implements client.Writer.
func (c *Client) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.PatchOption) error {
	return c.record(ctx, o, false, c.Client.Patch(ctx, o, patch, options...))
}

// Delete implements client.Writer.
func (c *Client) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	return c.record(ctx, o, true, c.Client.Delete(ctx, o, options...))
}

// applied is what an answer to Apply says of its object.
type applied interface {
	GetKind() string
	GetNamespace() string
	GetName() string
	GetUID() types.UID
	GetResourceVersion() string
}

// Apply implements client.Writer. Only an unstructured configuration holds the answer.
func (c *Client) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if err := c.Client.Apply(ctx, o, options...); err != nil {
		return err
	}
	answer, ok := o.(applied)
	if !ok || c.kinds[answer.GetKind()] == nil {
		return nil
	}
	key := client.ObjectKey{Namespace: answer.GetNamespace(), Name: answer.GetName()}
	return c.stored(ctx, c.kinds[answer.GetKind()], key, write{uid: answer.GetUID(), version: answer.GetResourceVersion()})
}

// record what a write shows of its object: that it was stored, or that the cache which it was decided by is behind. It returns the write's own
// error.
func (c *Client) record(ctx context.Context, o client.Object, removed bool, err error) error {
	k, key := c.kind(o), client.ObjectKeyFromObject(o)
	switch {
	case k == nil:
	case err == nil:
		return c.stored(ctx, k, key, write{uid: o.GetUID(), version: o.GetResourceVersion(), removed: removed})
	case apierrors.IsConflict(err):
		k.expect(key, write{uid: o.GetUID(), version: o.GetResourceVersion(), newer: true})
	case apierrors.IsAlreadyExists(err):
		k.expect(key, write{version: "1"})
	case apierrors.IsNotFound(err) && o.GetUID() != "":
		k.expect(key, write{uid: o.GetUID(), gone: true})
	}
	return err
}

// stored records a write, and waits until it may be answered.
func (c *Client) stored(ctx context.Context, k *kind, key client.ObjectKey, w write) error {
	k.expect(key, w)
	if !k.strict {
		return nil
	}
	return c.replicas.Acknowledge(ctx)
}

// Refresh compares the cached resources with those of the API server and expects what is missing, so that the cache is not asked before it has
// seen what other replicas wrote. It is called when this replica has just become the only one.
func (c *Client) Refresh(ctx context.Context) error {
	for _, k := range c.kinds {
		if !k.strict {
			continue
		}
		list, ok := k.list.DeepCopyObject().(client.ObjectList)
		if !ok {
			return fmt.Errorf("%T is no list", k.list)
		}
		before := k.expectedAll()
		if err := c.Client.List(ctx, list); err != nil {
			return fmt.Errorf("comparing the cache with the API server: %w", err)
		}
		if err := k.seenAll(ctx, before, list, ""); err != nil {
			return err
		}
	}
	return nil
}
