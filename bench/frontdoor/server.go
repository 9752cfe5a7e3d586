package frontdoor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"k8s.io/client-go/rest"

	"lotse.dev/api/v1alpha1"
)

// server is the management API server, asked for the same objects.
type server struct {
	http         *http.Client
	base         string // of groups
	clusters     string
	subscription string
}

func newServer(config *rest.Config, subscription string) (*server, error) {
	c, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	namespace, err := url.JoinPath(config.Host, "apis", v1alpha1.GroupVersion.String(), "namespaces", v1alpha1.SubscriptionNamespace(subscription))
	return &server{http: c, base: namespace + "/resourcegroups", clusters: namespace + "/managedclusters", subscription: subscription}, err
}

func (s *server) object(i int) string {
	return s.base + "/" + v1alpha1.ObjectName(v1alpha1.ResourceGroupID(s.subscription, groupName(i)))
}

func (s *server) get(ctx context.Context, i int) error {
	_, err := s.send(ctx, http.MethodGet, s.object(i), nil)
	return err
}

func (s *server) getCluster(ctx context.Context, _ int) error {
	_, err := s.send(ctx, http.MethodGet, s.clusters+"/"+v1alpha1.ObjectName(v1alpha1.ManagedClusterID(s.subscription, groupName(0), clusterName)), nil)
	return err
}

func (s *server) list(ctx context.Context, _ int) error {
	return allGroups(s.send(ctx, http.MethodGet, s.base, nil))
}

// patch and not PUT: that would take reading the object first, because controllers write to it too.
func (s *server) patch(ctx context.Context, i int) error {
	tags := map[string]any{"spec": map[string]any{"tags": map[string]string{"round": fmt.Sprintf("server-%d-%d", i, time.Now().UnixNano())}}}
	_, err := s.send(ctx, http.MethodPatch, s.object(i), tags)
	return err
}

func (s *server) send(ctx context.Context, method, address string, body any) ([]byte, error) {
	return send(ctx, s.http, method, address, "application/merge-patch+json", body)
}
