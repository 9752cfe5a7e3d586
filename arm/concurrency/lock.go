package concurrency

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/operation"
)

// releaseTimeout bounds the release of a lock or a reservation after its request has ended.
const releaseTimeout = 5 * time.Second

// errLocked marks answers that RetryOnConflict repeats: another request holds the lock, for a moment only.
var errLocked = errors.New("the parent is locked by another write")

// lock is a write of a child that is about to be stored. It is an annotation of the parent. It ends when the child has changed, or when it expires.
type lock struct {
	Kind operation.Kind `json:"kind"`
	Noun string         `json:"noun"`
	Name string         `json:"name"`
	// UID and Generation of the child before the write; empty for a new one.
	UID        types.UID `json:"uid,omitempty"`
	Generation int64     `json:"generation,omitempty"`
	Until      time.Time `json:"until"`
}

func lockFor(child Resource, now time.Time) lock {
	l := lock{Kind: child.Kind, Noun: child.Noun, Name: child.Name, Until: expiry(now)}
	if child.Object != nil {
		l.UID, l.Generation = child.Object.GetUID(), child.Object.GetGeneration()
	}
	return l
}

func expiry(now time.Time) time.Time { return now.Add(Lifetime).UTC().Truncate(time.Second) }

// held reports whether the lock's write may still come: the child is as it was before it.
func (l lock) held(f Family, now time.Time) bool {
	if !now.Before(l.Until) {
		return false
	}
	child := f.child(l.Kind, l.Name).Object
	if child == nil {
		return l.UID == ""
	}
	return child.GetUID() == l.UID && child.GetGeneration() == l.Generation && child.GetDeletionTimestamp() == nil
}

// readLock of a parent. An annotation that cannot be read locks nothing.
func readLock(parent metav1.Object) (lock, bool) {
	var found lock
	text := parent.GetAnnotations()[v1alpha1.AnnotationLock]
	return found, text != "" && json.Unmarshal([]byte(text), &found) == nil
}

// unlocked refuses a write while another one holds the parent's lock.
func unlocked(f Family, now time.Time) error {
	l, ok := readLock(f.Parent.Object)
	if !ok || !l.held(f, now) {
		return nil
	}
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because another request is about to write the %s '%s' of the "+
		"%s '%s'. Please wait for it to finish before starting a new operation.", l.Noun, l.Name, f.Parent.Noun, f.Parent.Name).
		After(time.Second).Because(errLocked)
}

// Locks of parents.
type Locks struct {
	// Client must not read from a cache.
	Client client.Client
	// Real time: a clock that is set ahead would end the lock before its write arrives.
	Real clock.PassiveClock
}

// Acquire locks the family for a write of the child: one of its children, or a new one. It returns a conflict if the parent has changed since
// it was read, and brings the parent's object up to date. The caller releases the lock if the write did not come about; a write that did
// ends it.
func (l Locks) Acquire(ctx context.Context, f Family, child Resource) (release func(), err error) {
	now := l.Real.Now()
	if err := unlocked(f, now); err != nil {
		return nil, err
	}
	text, err := json.Marshal(lockFor(child, now))
	if err != nil {
		return nil, err
	}
	parent := f.Parent.Object
	before := parent.DeepCopyObject().(client.Object)
	annotate(parent, v1alpha1.AnnotationLock, string(text))
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := l.Client.Patch(ctx, parent, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return nil, err
	}
	return func() { l.release(ctx, parent, string(text)) }, nil
}

// release removes the lock if it is still the same one; the API server checks that. If this fails, the lock expires.
func (l Locks) release(ctx context.Context, parent Object, text string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	path := "/metadata/annotations/" + strings.ReplaceAll(v1alpha1.AnnotationLock, "/", "~1")
	patch, _ := json.Marshal([]map[string]any{ // strings can be marshalled
		{"op": "test", "path": path, "value": text}, {"op": "remove", "path": path},
	})
	target := parent.DeepCopyObject().(client.Object)
	_ = l.Client.Patch(ctx, target, client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
}

// Unlock removes the lock from a parent that is about to be written itself. Idle let the write pass, so the lock is not held any more.
func Unlock(parent metav1.Object) { annotate(parent, v1alpha1.AnnotationLock, "") }

// annotate sets an annotation; an empty value removes it.
func annotate(o metav1.Object, name, value string) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	if value == "" {
		delete(annotations, name)
	}
	o.SetAnnotations(annotations)
}
