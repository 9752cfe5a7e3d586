package watched

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
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patience is how long a write is waited for in the cache. A watch that is later than this is broken, and is begun anew by then.
const patience = time.Minute

// Client is a client of the API server that reads and writes live, and notes its writes of some kinds for Near. It does not note Apply and
// DeleteAllOf: nobody writes those kinds in this way.
type Client struct {
	client.Client
	cache client.Reader

	mu    sync.Mutex
	empty map[string]client.Object // by kind
	ahead map[string]map[client.ObjectKey]write
}

// write that the cache may not have heard of.
type write struct {
	uid     types.UID
	version string // of the object after it
	removed bool
	until   time.Time
}

// New client that notes writes of the kinds of these empty objects. The cache watches them.
func New(live client.Client, cache client.Reader, kinds ...client.Object) (*Client, error) {
	c := &Client{Client: live, cache: cache, empty: map[string]client.Object{}, ahead: map[string]map[client.ObjectKey]write{}}
	for _, o := range kinds {
		kind, err := live.GroupVersionKindFor(o)
		if err != nil {
			return nil, fmt.Errorf("what is to be watched: %w", err)
		}
		c.empty[kind.Kind], c.ahead[kind.Kind] = o, map[client.ObjectKey]write{}
	}
	return c, nil
}

// Near reads the noted kinds from the cache unless it is behind this client's own writes, and everything else live. What List answers with
// belongs to the cache and must not be changed.
func (c *Client) Near() client.Reader { return near{c} }

// Create implements client.Writer.
func (c *Client) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	return c.noted(o, false, c.Client.Create(ctx, o, options...))
}

// Update implements client.Writer.
func (c *Client) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	return c.noted(o, false, c.Client.Update(ctx, o, options...))
}

// Patch implements client.Writer.
func (c *Client) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.PatchOption) error {
	return c.noted(o, false, c.Client.Patch(ctx, o, patch, options...))
}

// Delete implements client.Writer.
func (c *Client) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	return c.noted(o, true, c.Client.Delete(ctx, o, options...))
}

// noted is the write's own error; a write that failed is none.
func (c *Client) noted(o client.Object, removed bool, err error) error {
	if err != nil {
		return err
	}
	if ahead := c.ahead[c.kind(o)]; ahead != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		ahead[client.ObjectKeyFromObject(o)] = write{o.GetUID(), o.GetResourceVersion(), removed, time.Now().Add(patience)}
	}
	return nil
}

// kind of an object, or of the items of a list; empty if it is none that is noted.
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

// behind tells whether the cache has yet to hear of writes of a kind: of one object, or of any.
func (c *Client) behind(ctx context.Context, kind string, of *client.ObjectKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead, found := c.ahead[kind], false
	for key, w := range ahead {
		switch {
		case of != nil && *of != key:
		case !w.ahead(time.Now(), c.cached(ctx, kind, key)):
			delete(ahead, key)
		default:
			found = true
		}
	}
	return found
}

// cached object; nil if the cache has none, or cannot tell.
func (c *Client) cached(ctx context.Context, kind string, key client.ObjectKey) client.Object {
	o, ok := c.empty[kind].DeepCopyObject().(client.Object)
	if !ok || c.cache.Get(ctx, key, o, client.UnsafeDisableDeepCopy) != nil {
		return nil
	}
	return o
}

// ahead decides whether a write is still to come to a cache that has this object, or none, of its name.
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

type near struct{ c *Client }

// Get implements client.Reader.
func (n near) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	kind := n.c.kind(o)
	if kind != "" && !n.c.behind(ctx, kind, &key) {
		if err := n.c.cache.Get(ctx, key, o, options...); err == nil || apierrors.IsNotFound(err) {
			return err
		}
	}
	return n.c.Client.Get(ctx, key, o, options...)
}

// List implements client.Reader.
func (n near) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if kind := n.c.kind(list); kind != "" && !n.c.behind(ctx, kind, nil) {
		if n.c.cache.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...) == nil {
			return nil
		}
	}
	return n.c.Client.List(ctx, list, options...)
}
