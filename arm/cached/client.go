package cached

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// maxLag is how long a write is expected in the cache. A watch that lags more is broken, and was begun anew by then.
const maxLag = time.Minute

// Client reads and writes the API server directly, and records its writes of some kinds for Reader. It does not record Apply and DeleteAllOf:
// the front door does not write those kinds in this way.
type Client struct {
	client.Client
	cache client.Reader
	real  clock.PassiveClock

	mu    sync.Mutex
	empty map[string]client.Object // by kind
	ahead map[string]map[client.ObjectKey]write
}

// write that the cache may not have seen.
type write struct {
	uid     types.UID
	version string // of the object after it
	removed bool
	until   time.Time
}

// New client that records writes of the kinds of these empty objects, which the cache watches. real is a clock of real time: with one
// that is set ahead, a right that was just removed could still count.
func New(live client.Client, cache client.Reader, real clock.PassiveClock, kinds ...client.Object) (*Client, error) {
	c := &Client{Client: live, cache: cache, real: real, empty: map[string]client.Object{}, ahead: map[string]map[client.ObjectKey]write{}}
	for _, o := range kinds {
		kind, err := live.GroupVersionKindFor(o)
		if err != nil {
			return nil, fmt.Errorf("kinds to cache: %w", err)
		}
		c.empty[kind.Kind], c.ahead[kind.Kind] = o, map[client.ObjectKey]write{}
	}
	return c, nil
}

// Reader reads the recorded kinds from the cache unless it is behind this client's own writes, and other kinds from the API server. The items
// of a List belong to the cache and must not be changed.
func (c *Client) Reader() client.Reader { return reader{c} }

// Create implements client.Writer.
func (c *Client) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	return c.record(o, false, c.Client.Create(ctx, o, options...))
}

// Update implements client.Writer.
func (c *Client) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	return c.record(o, false, c.Client.Update(ctx, o, options...))
}

// Patch implements client.Writer.
func (c *Client) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.PatchOption) error {
	return c.record(o, false, c.Client.Patch(ctx, o, patch, options...))
}

// Delete implements client.Writer.
func (c *Client) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	return c.record(o, true, c.Client.Delete(ctx, o, options...))
}

// record a write that succeeded. It returns the write's own error.
func (c *Client) record(o client.Object, removed bool, err error) error {
	if err != nil {
		return err
	}
	if ahead := c.ahead[c.kind(o)]; ahead != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		ahead[client.ObjectKeyFromObject(o)] = write{o.GetUID(), o.GetResourceVersion(), removed, c.real.Now().Add(maxLag)}
	}
	return nil
}

// kind of an object, or of the items of a list; empty if it is not recorded.
func (c *Client) kind(o runtime.Object) string {
	kind, err := c.GroupVersionKindFor(o)
	if err != nil {
		return ""
	}
	name := kind.Kind
	if _, list := o.(client.ObjectList); list {
		name = strings.TrimSuffix(name, "List")
	}
	if c.empty[name] == nil {
		return ""
	}
	return name
}

// behind reports whether the cache has not seen all writes of a kind: of one object, or of any.
func (c *Client) behind(ctx context.Context, kind string, of *client.ObjectKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead, found := c.ahead[kind], false
	for key, w := range ahead {
		switch {
		case of != nil && *of != key:
		case !w.ahead(c.real.Now(), c.cached(ctx, kind, key)):
			delete(ahead, key)
		default:
			found = true
		}
	}
	return found
}

// cached object; nil if the cache has none or cannot be read.
func (c *Client) cached(ctx context.Context, kind string, key client.ObjectKey) client.Object {
	o, ok := c.empty[kind].DeepCopyObject().(client.Object)
	if !ok || c.cache.Get(ctx, key, o, client.UnsafeDisableDeepCopy) != nil {
		return nil
	}
	return o
}

// ahead decides whether the cache has not seen the write yet. cached is its object of the name, or nil.
func (w write) ahead(now time.Time, cached client.Object) bool {
	switch {
	case !now.Before(w.until):
		return false
	case w.removed:
		return cached != nil && cached.GetDeletionTimestamp() == nil && (w.uid == "" || w.uid == cached.GetUID())
	case cached == nil:
		return true
	}
	order, err := resourceversion.CompareResourceVersion(cached.GetResourceVersion(), w.version)
	return err != nil || order < 0
}

type reader struct{ c *Client }

// Get implements client.Reader.
func (r reader) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	kind := r.c.kind(o)
	if kind != "" && !r.c.behind(ctx, kind, &key) {
		if err := r.c.cache.Get(ctx, key, o, options...); err == nil || apierrors.IsNotFound(err) {
			return err
		}
	}
	return r.c.Client.Get(ctx, key, o, options...)
}

// List implements client.Reader.
func (r reader) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if kind := r.c.kind(list); kind != "" && !r.c.behind(ctx, kind, nil) {
		if r.c.cache.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...) == nil {
			return nil
		}
	}
	return r.c.Client.List(ctx, list, options...)
}
