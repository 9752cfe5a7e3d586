package reconcile

import (
	"context"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// maxLag is how long a write is expected in the cache. After that the cache is believed: its watch was begun anew by then, and has not sent
// the object because it is gone.
const maxLag = 10 * time.Second

// NewClient is a manager's client whose reads see this process' own writes: what the cache has not seen yet is read from what the write
// returned. Without that a reconciler that is woken by one of its writes repeats those that its cache shows only later, and what it writes
// from an outdated object is a conflict. Writes of other processes are seen as late as ever.
//
// controller-runtime's own EnableReadYourWritesConsistency makes reads wait instead, without a limit, for writes of unrelated objects of the
// kind too; and what was applied it expects in a second cache, of unstructured objects.
func NewClient(config *rest.Config, options client.Options) (client.Client, error) {
	cached, err := client.New(config, options)
	if err != nil {
		return nil, err
	}
	options.Cache = nil
	live, err := client.New(config, options)
	if err != nil {
		return nil, err
	}
	return newOwnWrites(cached, live, clock.RealClock{}), nil
}

// ownWrites is a cached client that knows what it wrote.
type ownWrites struct {
	client.Client
	live client.Reader
	real clock.PassiveClock

	mu sync.Mutex
	// ahead are objects as they were written, until the cache has them.
	ahead map[schema.GroupVersionKind]map[client.ObjectKey]written
	// order of the writes, by which those that are never read are forgotten.
	order []wrote
}

type written struct {
	object client.Object
	until  time.Time
}

type wrote struct {
	kind  schema.GroupVersionKind
	key   client.ObjectKey
	until time.Time
}

func newOwnWrites(cached client.Client, live client.Reader, real clock.PassiveClock) *ownWrites {
	return &ownWrites{Client: cached, live: live, real: real, ahead: map[schema.GroupVersionKind]map[client.ObjectKey]written{}}
}

// record what a write returned, which is of the kind's own type. It returns the write's error.
func (c *ownWrites) record(o client.Object, err error) error {
	if err != nil {
		return err
	}
	kind, typed := c.kind(o)
	kept, ok := o.DeepCopyObject().(client.Object)
	if !typed || !ok {
		return nil
	}
	key, now := client.ObjectKeyFromObject(o), c.real.Now()
	if o.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) == 0 {
		c.forget(o, key) // this write let it go
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(now)
	if c.ahead[kind] == nil {
		c.ahead[kind] = map[client.ObjectKey]written{}
	}
	if before, found := c.ahead[kind][key]; found && newer(before.object, o) {
		return nil // two writers of one object, whose answers have overtaken each other
	}
	c.ahead[kind][key] = written{kept, now.Add(maxLag)}
	c.order = append(c.order, wrote{kind, key, now.Add(maxLag)})
	return nil
}

// expire forgets what was written long ago. The lock is held.
func (c *ownWrites) expire(now time.Time) {
	for len(c.order) > 0 && !now.Before(c.order[0].until) {
		w := c.order[0]
		if !now.Before(c.ahead[w.kind][w.key].until) {
			delete(c.ahead[w.kind], w.key)
		}
		c.order = c.order[1:]
	}
}

// past is a write that the cache has, or whose object is gone. One that came after it is kept.
func (c *ownWrites) past(own client.Object) {
	kind, _ := c.kind(own)
	key := client.ObjectKeyFromObject(own)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ahead[kind][key].object == own {
		delete(c.ahead[kind], key)
	}
}

// forget what was written of an object, because it is deleted.
func (c *ownWrites) forget(o client.Object, key client.ObjectKey) {
	if kind, typed := c.kind(o); typed {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ahead[kind], key)
	}
}

// kind of an object or of a list's items, and whether it is in the type of its kind. What is written or read otherwise is not known here.
func (c *ownWrites) kind(o runtime.Object) (kind schema.GroupVersionKind, typed bool) {
	switch o.(type) {
	case runtime.Unstructured, *metav1.PartialObjectMetadata, *metav1.PartialObjectMetadataList:
		return kind, false
	}
	kind, err := c.GroupVersionKindFor(o)
	if _, list := o.(client.ObjectList); list {
		kind.Kind = strings.TrimSuffix(kind.Kind, "List")
	}
	return kind, err == nil
}

// own is an object as it was written, if the cache may not have it; else nil. It is not to be changed.
func (c *ownWrites) own(o client.Object, key client.ObjectKey) client.Object {
	kind, typed := c.kind(o)
	if !typed {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(c.real.Now())
	return c.ahead[kind][key].object
}

// Get implements client.Reader.
func (c *ownWrites) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	own := c.own(o, key)
	err := c.Client.Get(ctx, key, o, options...)
	switch {
	case own == nil || err != nil && !apierrors.IsNotFound(err):
		return err
	case err != nil: // not seen yet, or gone already
		return c.settled(own, c.live.Get(ctx, key, o))
	case !newer(own, o):
		c.past(own)
		return nil
	}
	return set(o, own)
}

// settled is an answer of the API server itself: if the object is gone, the write is past.
func (c *ownWrites) settled(own client.Object, err error) error {
	if apierrors.IsNotFound(err) {
		c.past(own)
	}
	return err
}

// newer reports whether a is newer than b. Versions that cannot be compared do not let anything be newer than the cache.
func newer(a, b client.Object) bool {
	order, err := resourceversion.CompareResourceVersion(a.GetResourceVersion(), b.GetResourceVersion())
	return err == nil && order > 0
}

// Create implements client.Writer.
func (c *ownWrites) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	return c.record(o, c.Client.Create(ctx, o, options...))
}

// Update implements client.Writer.
func (c *ownWrites) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	return c.record(o, c.Client.Update(ctx, o, options...))
}

// Patch implements client.Writer.
func (c *ownWrites) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.PatchOption) error {
	return c.record(o, c.Client.Patch(ctx, o, patch, options...))
}

// Apply implements client.Writer. What is applied as an unstructured object, as package apply does, is known in the type of its kind.
func (c *ownWrites) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if err := c.Client.Apply(ctx, o, options...); err != nil {
		return err
	}
	if u, ok := o.(unstructuredConfiguration); ok {
		c.recordUnstructured(u)
	}
	return nil
}

// unstructuredConfiguration is what client.ApplyConfigurationFromUnstructured makes.
type unstructuredConfiguration interface {
	GroupVersionKind() schema.GroupVersionKind
	UnstructuredContent() map[string]any
}

func (c *ownWrites) recordUnstructured(u unstructuredConfiguration) {
	empty, err := c.Scheme().New(u.GroupVersionKind())
	if err != nil {
		return // a kind that nobody reads
	}
	o, ok := empty.(client.Object)
	if ok && runtime.DefaultUnstructuredConverter.FromUnstructured(u.UnstructuredContent(), o) == nil {
		_ = c.record(o, nil)
	}
}

// Delete implements client.Writer. What was written before is past.
func (c *ownWrites) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	err := c.Client.Delete(ctx, o, options...)
	if client.IgnoreNotFound(err) == nil {
		c.forget(o, client.ObjectKeyFromObject(o))
	}
	return err
}

// Status implements client.StatusClient.
func (c *ownWrites) Status() client.SubResourceWriter { return ownStatus{c.Client.Status(), c} }

// ownStatus records writes of a status. Those of other subresources answer with another kind, or change nothing of the object.
type ownStatus struct {
	client.SubResourceWriter
	c *ownWrites
}

// Update implements client.SubResourceWriter.
func (s ownStatus) Update(ctx context.Context, o client.Object, options ...client.SubResourceUpdateOption) error {
	return s.c.record(o, s.SubResourceWriter.Update(ctx, o, options...))
}

// Patch implements client.SubResourceWriter.
func (s ownStatus) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	return s.c.record(o, s.SubResourceWriter.Patch(ctx, o, patch, options...))
}
