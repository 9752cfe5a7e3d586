package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// cleanupTimeout is long enough to remove many files.
const cleanupTimeout = 30 * time.Second

// Cleanup asks the registry to remove what belonged to a deleted subscription or cluster. Requests can be repeated. A nil Cleanup does nothing,
// because there is no registry.
type Cleanup struct {
	target    *url.URL
	transport http.RoundTripper
}

// NewCleanup of the registry at an endpoint. The transport is Transport's.
func NewCleanup(endpoint string, transport http.RoundTripper) (*Cleanup, error) {
	target, err := url.Parse(endpoint)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("registry endpoint %q is no URL with a host", endpoint)
	}
	return &Cleanup{target, transport}, nil
}

// ForgetSubscription removes a subscription's repositories.
func (c *Cleanup) ForgetSubscription(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodDelete, "subscriptions", id)
}

// RevokeCluster ends the tokens of a cluster's machines; the cluster is named by its UID.
func (c *Cleanup) RevokeCluster(ctx context.Context, uid string) error {
	return c.send(ctx, http.MethodPut, "revoked", uid)
}

func (c *Cleanup) send(ctx context.Context, method, kind, name string) error {
	if c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	u := c.target.JoinPath("lotse", kind, name)
	request, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return err
	}
	answer, err := c.transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("registry: %s %s: %s", method, u.Path, answer.Status)
	}
	return nil
}
