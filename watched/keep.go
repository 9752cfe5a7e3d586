package watched

import (
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Keep is the transform of the cache: it cuts an object to what is read of it. Held objects are cut to what they are found by. An informer passes
// an object more than once, what was cut already too, as when its first list arrives through a watch: that is left alone, or the rest of
// a Secret would count as all of it.
func (h *Held) Keep(o any) (any, error) {
	object, ok := o.(client.Object)
	if !ok || h.holds(object) && isCut(object) {
		return o, nil
	}
	cut(object)
	share(object)
	if p, ok := o.(*corev1.Pod); ok {
		object = pod(p)
	}
	if !h.holds(object) {
		return object, nil
	}
	h.keep(object)
	return found(object), nil
}

// cut off the managed fields. Of resources with operations it is read when they, and not their status, were written last (v1alpha1.OperationOf).
func cut(o client.Object) {
	if _, tracked := o.(v1alpha1.Tracked); tracked {
		o.SetManagedFields(lastWrite(o.GetManagedFields()))
		return
	}
	o.SetManagedFields(nil)
}

// lastWrite is an entry with a time alone. An object with it can be written back: the API server takes an entry without an operation for none,
// and keeps its own.
func lastWrite(all []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	var newest *metav1.Time
	for _, f := range all {
		if f.Subresource == "" && f.Time != nil && (newest == nil || newest.Before(f.Time)) {
			newest = f.Time
		}
	}
	if newest == nil {
		return nil
	}
	return []metav1.ManagedFieldsEntry{{Time: newest}}
}

// pod as it is read: whose it is, where it runs and what it takes there, and how it is. What it consists of stands in the workload, or in the
// machine.
func pod(p *corev1.Pod) *corev1.Pod {
	kept := &corev1.Pod{TypeMeta: p.TypeMeta, ObjectMeta: p.ObjectMeta}
	kept.Annotations, kept.OwnerReferences = nil, nil
	kept.Spec = corev1.PodSpec{
		NodeName: p.Spec.NodeName, Overhead: p.Spec.Overhead, Containers: containers(p.Spec.Containers), InitContainers: containers(p.Spec.InitContainers),
	}
	kept.Status = corev1.PodStatus{
		Phase: p.Status.Phase, Reason: p.Status.Reason, Message: p.Status.Message, PodIP: p.Status.PodIP,
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady || c.Type == corev1.PodScheduled {
			kept.Status.Conditions = append(kept.Status.Conditions, corev1.PodCondition{Type: c.Type, Status: c.Status, Reason: c.Reason, Message: c.Message})
		}
	}
	for _, s := range p.Status.ContainerStatuses {
		kept.Status.ContainerStatuses = append(kept.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: s.Name, Ready: s.Ready, Started: flag(s.Started), RestartCount: s.RestartCount, State: state(s.State),
		})
	}
	return kept
}

// state without times.
func state(s corev1.ContainerState) corev1.ContainerState {
	if s.Running != nil {
		s.Running = &running
	}
	return s
}

// What many Pods point to.
var (
	running = corev1.ContainerStateRunning{}
	yes, no = true, false
)

func flag(f *bool) *bool {
	switch {
	case f == nil:
		return nil
	case *f:
		return &yes
	}
	return &no
}

// containers by what they take from a host.
func containers(all []corev1.Container) []corev1.Container {
	var kept []corev1.Container
	for _, c := range all {
		kept = append(kept, corev1.Container{Name: c.Name, RestartPolicy: c.RestartPolicy, Resources: corev1.ResourceRequirements{Requests: requests.of(c.Resources.Requests)}})
	}
	return kept
}

// requests of containers are the same in all clusters, and there are few different ones.
var requests = requestsByText{known: map[string]corev1.ResourceList{}}

// maxRequests that are shared. Others are kept for each container.
const maxRequests = 1000

type requestsByText struct {
	mu    sync.Mutex
	known map[string]corev1.ResourceList
}

func (r *requestsByText) of(list corev1.ResourceList) corev1.ResourceList {
	if len(list) == 0 {
		return nil
	}
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(list)) {
		quantity := list[name]
		key.WriteString(string(name) + "=" + quantity.String() + " ")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if shared, found := r.known[key.String()]; found {
		return shared
	}
	if len(r.known) < maxRequests {
		r.known[key.String()] = list
	}
	return list
}
