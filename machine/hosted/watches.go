package hosted

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// Event says that something in a hosted cluster changed.
type Event struct {
	// Cluster is the ManagedCluster.
	Cluster types.NamespacedName
	// Name of the Node; empty means all of the cluster's, and that some certificate request is pending.
	Name string
}

// Source of events, for controller-runtime's channels.
type Source <-chan event.TypedGenericEvent[Event]

// Watches are those of all hosted clusters. The zero value is not usable; it is safe for concurrent use.
type Watches struct {
	nodes, requests chan event.TypedGenericEvent[Event]

	mu      sync.Mutex
	watches map[types.NamespacedName]*watch
}

// NewWatches without any cluster.
func NewWatches() *Watches {
	return &Watches{
		nodes:    make(chan event.TypedGenericEvent[Event]),
		requests: make(chan event.TypedGenericEvent[Event]),
		watches:  map[types.NamespacedName]*watch{},
	}
}

// NodeEvents and RequestEvents each serve one controller.
func (w *Watches) NodeEvents() Source { return w.nodes }

// RequestEvents are sent for clusters that have got a request for a kubelet's certificate. They name the cluster alone, so that however many
// requests it makes, it is queued once.
func (w *Watches) RequestEvents() Source { return w.requests }

// Node returns what is cached of a cluster's node; nil when there is none. Known is false while the cluster has not answered yet: then nothing
// is known about its nodes.
func (w *Watches) Node(cluster types.NamespacedName, name string) (n *corev1.Node, known bool, err error) {
	w.mu.Lock()
	watch := w.watches[cluster]
	w.mu.Unlock()
	if watch == nil || !watch.hasSynced() {
		return nil, false, nil
	}
	n, err = watch.nodes.Get(name)
	if apierrors.IsNotFound(err) {
		return nil, true, nil
	}
	return n, true, err
}

// All returns what is cached of a cluster's nodes.
func (w *Watches) All(cluster types.NamespacedName) ([]*corev1.Node, error) {
	w.mu.Lock()
	watch := w.watches[cluster]
	w.mu.Unlock()
	if watch == nil || !watch.hasSynced() {
		return nil, fmt.Errorf("the nodes of cluster %s are not known", cluster.Name)
	}
	return watch.nodes.List(labels.Everything())
}

// Requests are the names of a cluster's requests for kubelets' certificates that are not decided, in no order.
func (w *Watches) Requests(cluster types.NamespacedName) ([]string, error) {
	w.mu.Lock()
	watch := w.watches[cluster]
	w.mu.Unlock()
	if watch == nil {
		return nil, nil
	}
	all, err := watch.requests.List(labels.Everything())
	if err != nil {
		return nil, fmt.Errorf("listing the certificate requests of cluster %s: %w", cluster.Name, err)
	}
	var names []string
	for _, r := range all {
		if isPending(r) {
			names = append(names, r.Name)
		}
	}
	return names, nil
}

// current reports whether a cluster is watched with this credential, and by a watch that is not older than the API server's last interruption:
// client-go waits up to a minute before it connects again.
func (w *Watches) current(cluster types.NamespacedName, config *rest.Config, serving time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	watch := w.watches[cluster]
	if watch == nil || watch.credential != fingerprint(config) {
		return false
	}
	if watch.serving.IsZero() {
		watch.serving = serving // the watch is older than the first report that the API server serves
	}
	return serving.IsZero() || serving.Equal(watch.serving)
}

// watch a cluster with this credential, and stop an earlier watch.
func (w *Watches) watch(cluster types.NamespacedName, config *rest.Config, serving time.Time) error {
	started, err := start(config, cluster, w)
	if err != nil {
		return err
	}
	started.serving = serving
	w.replace(cluster, started)
	return nil
}

// remove the watch of a cluster that is deleted or stopped.
func (w *Watches) remove(cluster types.NamespacedName) { w.replace(cluster, nil) }

func (w *Watches) replace(cluster types.NamespacedName, by *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.watches[cluster]; old != nil {
		old.stop()
	}
	delete(w.watches, cluster)
	if by != nil {
		w.watches[cluster] = by
	}
}

func (w *Watches) stopAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for cluster, watch := range w.watches {
		watch.stop()
		delete(w.watches, cluster)
	}
}

func (w *Watches) sendNode(ctx context.Context, e Event) { send(ctx, w.nodes, e) }

func (w *Watches) sendRequest(ctx context.Context, e Event) { send(ctx, w.requests, e) }

func send(ctx context.Context, to chan<- event.TypedGenericEvent[Event], e Event) {
	select {
	case to <- event.TypedGenericEvent[Event]{Object: e}:
	case <-ctx.Done():
	}
}
