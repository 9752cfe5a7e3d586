package access

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Clients keeps one client per hosted cluster, so that connections and discovery are shared by all controllers. It is safe for
// concurrent use.
type Clients struct {
	reader client.Reader

	mu   sync.Mutex
	kept map[types.UID]kept
}

type kept struct {
	credential []byte
	client     client.Client
}

// NewClients reads credentials through r, which should be a cache: it is asked at every call.
func NewClients(r client.Reader) *Clients {
	return &Clients{reader: r, kept: map[types.UID]kept{}}
}

// For is the client of a hosted cluster, with the built-in kinds in its scheme. It does not read from a cache.
// Errors of its writes are marked (Hosted). The error is ErrNotReady while the cluster has no credential. That it returns a client does not
// mean that the API server answers.
func (c *Clients) For(ctx context.Context, cluster *v1alpha1.ManagedCluster) (client.Client, error) {
	credential, err := kubeconfig(ctx, c.reader, cluster)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, found := c.kept[cluster.UID]; found && bytes.Equal(k.credential, credential) {
		return k.client, nil
	}
	config, err := parse(cluster, credential)
	if err != nil {
		return nil, err
	}
	fresh, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client of cluster %s: %w", cluster.Name, err)
	}
	marked := Hosted(fresh)
	c.kept[cluster.UID] = kept{credential: credential, client: marked}
	return marked, nil
}

// Config is the service's credential for a hosted cluster, for what a client of objects cannot ask.
func (c *Clients) Config(ctx context.Context, cluster *v1alpha1.ManagedCluster) (*rest.Config, error) {
	return Config(ctx, c.reader, cluster)
}

// Forget drops the client of a cluster that is being deleted.
func (c *Clients) Forget(cluster *v1alpha1.ManagedCluster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, cluster.UID)
}
