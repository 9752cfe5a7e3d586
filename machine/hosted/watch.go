package hosted

import (
	"context"
	"fmt"
	"maps"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	certificatelisters "k8s.io/client-go/listers/certificates/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"lotse.dev/machine/node"
)

// watch of one hosted cluster.
type watch struct {
	credential string
	// serving is when the API server began to serve before the watch started; zero if that was not known.
	serving time.Time
	stop    context.CancelFunc
	nodes   corelisters.NodeLister
	// requests are all that are cached, pending or not.
	requests certificatelisters.CertificateSigningRequestLister
	synced   []cache.InformerSynced
}

// start watching. The events go out until stop is called.
func start(config *rest.Config, cluster types.NamespacedName, out *Watches) (*watch, error) {
	unlimited := rest.CopyConfig(config)
	unlimited.Timeout = 0 // it would end every watch; HTTP/2 pings find dead connections
	clients, err := kubernetes.NewForConfig(unlimited)
	if err != nil {
		return nil, fmt.Errorf("making a client of cluster %s: %w", cluster, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0, informers.WithTransform(strip))
	nodes, requests := factory.Core().V1().Nodes(), factory.Certificates().V1().CertificateSigningRequests()
	w := &watch{credential: fingerprint(config), stop: stop, nodes: nodes.Lister(), requests: requests.Lister()}
	nodesSynced, err := nodes.Informer().AddEventHandler(nodeEvents(func(name string) { out.sendNode(ctx, Event{cluster, name}) }))
	if err != nil {
		stop()
		return nil, fmt.Errorf("watching the nodes of cluster %s: %w", cluster, err)
	}
	_, err = requests.Informer().AddEventHandler(requestEvents(func() { out.sendRequest(ctx, Event{Cluster: cluster}) }))
	if err != nil {
		stop()
		return nil, fmt.Errorf("watching the certificate requests of cluster %s: %w", cluster, err)
	}
	w.synced = []cache.InformerSynced{nodes.Informer().HasSynced, nodesSynced.HasSynced}
	factory.StartWithContext(ctx)
	go w.sendWhenSynced(ctx, cluster, out)
	return w, nil
}

// sendWhenSynced sends an event to all machines of a cluster when its nodes are cached for the first time.
func (w *watch) sendWhenSynced(ctx context.Context, cluster types.NamespacedName, out *Watches) {
	if cache.WaitForCacheSync(ctx.Done(), w.synced...) {
		out.sendNode(ctx, Event{Cluster: cluster})
	}
}

func (w *watch) hasSynced() bool {
	for _, synced := range w.synced {
		if !synced() {
			return false
		}
	}
	return true
}

func nodeEvents(send func(string)) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { send(nameOf(o)) },
		UpdateFunc: func(before, after any) {
			if isRelevant(before, after) {
				send(nameOf(after))
			}
		},
		DeleteFunc: func(o any) { send(nameOf(o)) },
	}
}

func requestEvents(send func()) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) {
			if r, ok := o.(*certificatesv1.CertificateSigningRequest); ok && isPending(r) {
				send()
			}
		},
	}
}

// isPending reports whether a request is for a kubelet's certificate and not decided. Others are the customer's and cost nothing.
func isPending(r *certificatesv1.CertificateSigningRequest) bool {
	kubelet := r.Spec.SignerName == certificatesv1.KubeAPIServerClientKubeletSignerName || r.Spec.SignerName == certificatesv1.KubeletServingSignerName
	return kubelet && len(r.Status.Conditions) == 0
}

// isRelevant reports whether a change of a Node concerns its machine; heartbeats do not.
func isRelevant(before, after any) bool {
	a, aOK := before.(*corev1.Node)
	b, bOK := after.(*corev1.Node)
	if !aOK || !bOK {
		return true
	}
	return !maps.Equal(a.Labels, b.Labels) || !maps.Equal(a.Annotations, b.Annotations) ||
		!equality.Semantic.DeepEqual(a.Spec, b.Spec) || readiness(a) != readiness(b) || a.UID != b.UID || node.Joined(a) != node.Joined(b)
}

func readiness(n *corev1.Node) string {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return string(c.Status) + c.Reason + c.Message
		}
	}
	return ""
}

func nameOf(o any) string {
	if deleted, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = deleted.Obj
	}
	if named, ok := o.(metav1.Object); ok {
		return named.GetName()
	}
	return ""
}

// strip removes what the controllers do not read: thousands of nodes are cached, and customers write to them what they like. It may be
// called again with what it returned.
func strip(o any) (any, error) {
	switch o := o.(type) {
	case *corev1.Node:
		node.Trim(o)
	case *certificatesv1.CertificateSigningRequest:
		stripped := certificatesv1.CertificateSigningRequest{
			ObjectMeta: metav1.ObjectMeta{Name: o.Name, UID: o.UID, ResourceVersion: o.ResourceVersion},
			Spec:       certificatesv1.CertificateSigningRequestSpec{SignerName: o.Spec.SignerName},
		}
		if len(o.Status.Conditions) > 0 || len(o.Status.Certificate) > 0 {
			stripped.Status.Conditions = make([]certificatesv1.CertificateSigningRequestCondition, 1)
		}
		*o = stripped
	}
	return o, nil
}

func fingerprint(c *rest.Config) string {
	return fmt.Sprintf("%s %s %s %x %x %x", c.Host, c.BearerToken, c.ServerName, c.CAData, c.CertData, c.KeyData)
}

// checkReady asks a hosted API server whether it is ready, with a short timeout.
func checkReady(ctx context.Context, config *rest.Config) error {
	short := rest.CopyConfig(config)
	short.Timeout = time.Second
	clients, err := kubernetes.NewForConfig(short)
	if err != nil {
		return err
	}
	return clients.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}
