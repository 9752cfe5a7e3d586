package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// keeperTimeout is long enough to remove many files.
const keeperTimeout = 30 * time.Second

// Keeper asks the registry to forget what belongs to nobody any more. Asking again does no harm. A nil Keeper has no registry to ask.
type Keeper struct {
	target    *url.URL
	transport http.RoundTripper
}

// NewKeeper of the registry at an endpoint. The transport is Transport's.
func NewKeeper(endpoint string, transport http.RoundTripper) (*Keeper, error) {
	target, err := url.Parse(endpoint)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("registry endpoint %q is no URL with a host", endpoint)
	}
	return &Keeper{target, transport}, nil
}

// ForgetSubscription removes a subscription's repositories.
func (k *Keeper) ForgetSubscription(ctx context.Context, id string) error {
	return k.ask(ctx, http.MethodDelete, "subscriptions", id)
}

// RevokeCluster ends the tokens of a cluster's machines; the cluster is named by its UID.
func (k *Keeper) RevokeCluster(ctx context.Context, uid string) error {
	return k.ask(ctx, http.MethodPut, "revoked", uid)
}

func (k *Keeper) ask(ctx context.Context, method, kind, name string) error {
	if k == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, keeperTimeout)
	defer cancel()
	u := k.target.JoinPath("lotse", kind, name)
	request, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return err
	}
	answer, err := k.transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("registry: %s %s: %s", method, u.Path, answer.Status)
	}
	return nil
}
