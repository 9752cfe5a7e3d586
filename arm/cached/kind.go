package cached

import (
	"context"
	"maps"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kind of objects that is read from the cache, and the writes of it that the cache may not have seen.
type kind struct {
	cache  client.Reader
	real   clock.PassiveClock
	empty  client.Object
	list   runtime.Object
	strict bool

	mu    sync.Mutex
	ahead map[client.ObjectKey]write
}

// expect a write in the cache.
func (k *kind) expect(key client.ObjectKey, w write) {
	if !k.strict {
		w.until = k.real.Now().Add(maxLag)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if before, found := k.ahead[key]; found {
		w = before.then(w)
	}
	k.ahead[key] = w
}

// behind reports whether the cache has not seen all writes of one object.
func (k *kind) behind(ctx context.Context, key client.ObjectKey) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.behindLocked(ctx, key)
}

// behindAny reports whether the cache has not seen all writes in a namespace, or everywhere if it is empty.
func (k *kind) behindAny(ctx context.Context, namespace string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := false
	for key := range k.ahead {
		if namespace == "" || namespace == key.Namespace {
			found = k.behindLocked(ctx, key) || found
		}
	}
	return found
}

func (k *kind) behindLocked(ctx context.Context, key client.ObjectKey) bool {
	w, found := k.ahead[key]
	if !found {
		return false
	}
	if w.ahead(k.real.Now(), k.cached(ctx, key)) {
		return true
	}
	delete(k.ahead, key)
	return false
}

// cached object; nil if the cache has none or cannot be read.
func (k *kind) cached(ctx context.Context, key client.ObjectKey) client.Object {
	o, ok := k.empty.DeepCopyObject().(client.Object)
	if !ok || k.cache.Get(ctx, key, o, client.UnsafeDisableDeepCopy) != nil {
		return nil
	}
	return o
}

// expectations are the writes that were expected at one moment.
type expectations map[client.ObjectKey]write

// expected now of one object, to be taken before the API server is read.
func (k *kind) expected(key client.ObjectKey) expectations {
	k.mu.Lock()
	defer k.mu.Unlock()
	if w, found := k.ahead[key]; found {
		return expectations{key: w}
	}
	return nil
}

// expectedAll now, to be taken before the API server is read.
func (k *kind) expectedAll() expectations {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.ahead)
}

// seen is what the API server answered to a read of an object: nil if there is none. The cache has to come as far before it is read again, or a
// later read could show an earlier state. before was expected when the read began; what was written since stays expected.
func (k *kind) seen(ctx context.Context, before expectations, key client.ObjectKey, o client.Object) {
	cached := k.cached(ctx, key)
	k.mu.Lock()
	defer k.mu.Unlock()
	present, found := k.ahead[key]
	earlier, was := before[key]
	if found != was || present != earlier { // written since
		return
	}
	var w write
	switch {
	case o != nil:
		w = write{uid: o.GetUID(), version: o.GetResourceVersion(), removed: o.GetDeletionTimestamp() != nil}
	case cached != nil:
		w = write{uid: cached.GetUID(), gone: true}
	default: // what was expected is gone, and the cache has nothing
		delete(k.ahead, key)
		return
	}
	if !k.strict {
		w.until = k.real.Now().Add(maxLag)
	}
	if w.ahead(k.real.Now(), cached) {
		k.ahead[key] = w
	}
}

// seenAll is what the API server answered to a list of all objects of a namespace, or of all namespaces if it is empty.
func (k *kind) seenAll(ctx context.Context, before expectations, list client.ObjectList, namespace string) error {
	there := map[client.ObjectKey]bool{}
	err := each(list, func(o client.Object) {
		there[client.ObjectKeyFromObject(o)] = true
		k.seen(ctx, before, client.ObjectKeyFromObject(o), o)
	})
	for _, key := range k.known(ctx, before, namespace) {
		if err == nil && !there[key] {
			k.seen(ctx, before, key, nil)
		}
	}
	return err
}

// known are the names of cached objects, and of those that were expected.
func (k *kind) known(ctx context.Context, before expectations, namespace string) []client.ObjectKey {
	var all []client.ObjectKey
	list, ok := k.list.DeepCopyObject().(client.ObjectList)
	if ok && k.cache.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy) == nil {
		_ = each(list, func(o client.Object) { all = append(all, client.ObjectKeyFromObject(o)) }) // a list of this kind has items
	}
	for key := range before {
		if namespace == "" || namespace == key.Namespace {
			all = append(all, key)
		}
	}
	return all
}

func each(list client.ObjectList, do func(client.Object)) error {
	return meta.EachListItem(list, func(item runtime.Object) error {
		if o, ok := item.(client.Object); ok {
			do(o)
		}
		return nil
	})
}
