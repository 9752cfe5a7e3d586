package watched

import (
	"container/list"
	"reflect"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// MaxBytes of held objects are in memory: those of the clusters that something happens to. Others are read from the API server when they are
// needed.
const MaxBytes = 4 << 20

// Held objects are Secrets and what a control plane is rendered to: most of what a cluster takes, and needed only while it is looked at. The cache
// has what they are found by; what they are is here as long as there is room, by UID and resource version.
type Held struct {
	max   int
	kinds map[reflect.Type]bool // of objects and of lists

	mu    sync.Mutex
	bytes int
	used  *list.List // of client.Object, the latest first
	by    map[types.UID]*list.Element
}

// NewHeld holds objects of at most so many bytes.
func NewHeld(maxBytes int) *Held {
	h := &Held{max: maxBytes, kinds: map[reflect.Type]bool{}, used: list.New(), by: map[types.UID]*list.Element{}}
	for _, o := range []any{
		&corev1.Secret{}, &corev1.SecretList{}, &corev1.Service{}, &corev1.ServiceList{}, &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolumeClaimList{},
		&appsv1.Deployment{}, &appsv1.DeploymentList{}, &appsv1.StatefulSet{}, &appsv1.StatefulSetList{},
		&networkingv1.NetworkPolicy{}, &networkingv1.NetworkPolicyList{},
	} {
		h.kinds[reflect.TypeOf(o)] = true
	}
	return h
}

func (h *Held) holds(o any) bool { return h.kinds[reflect.TypeOf(o)] }

// found is what an object is found by: its name and labels, and which version it is.
func found(o client.Object) client.Object {
	bare, ok := reflect.New(reflect.TypeOf(o).Elem()).Interface().(client.Object)
	if !ok {
		return o
	}
	bare.SetNamespace(o.GetNamespace())
	bare.SetName(o.GetName())
	bare.SetUID(o.GetUID())
	bare.SetResourceVersion(o.GetResourceVersion())
	bare.SetGeneration(o.GetGeneration())
	bare.SetLabels(o.GetLabels())
	bare.SetDeletionTimestamp(o.GetDeletionTimestamp())
	return bare
}

// keep an object, which must not be changed any more.
func (h *Held) keep(o client.Object) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(h.by[o.GetUID()])
	h.by[o.GetUID()] = h.used.PushFront(o)
	for h.bytes += size(o); h.bytes > h.max; {
		h.drop(h.used.Back())
	}
}

// find a version of an object, which must not be changed; nil if it is not held.
func (h *Held) find(which metav1.Object) client.Object {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.by[which.GetUID()]
	if e == nil {
		return nil
	}
	o, ok := e.Value.(client.Object)
	if !ok || o.GetResourceVersion() != which.GetResourceVersion() {
		return nil
	}
	h.used.MoveToFront(e)
	return o
}

func (h *Held) drop(e *list.Element) {
	if e == nil {
		return
	}
	if o, ok := h.used.Remove(e).(client.Object); ok {
		h.bytes -= size(o)
		delete(h.by, o.GetUID())
	}
}

// size in memory, by the size on the wire: texts are as large, and what they stand in is two or three times as large again.
func size(o any) int {
	const overhead = 1 << 10
	if sized, ok := o.(interface{ Size() int }); ok {
		return 3*sized.Size() + overhead
	}
	return overhead
}
