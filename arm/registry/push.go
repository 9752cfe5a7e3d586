package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/route"
)

// Headers with what the subscription may store (images/components/registry/gate).
const (
	quotaBytes        = "Lotse-Quota-Bytes"
	quotaRepositories = "Lotse-Quota-Repositories"
)

// push begins a push of any kind: it takes one of the caller's slots, and gives the registry the subscription's quota. The result gives the
// slot back.
func (g *Registry) push(w http.ResponseWriter, r *route.Request, t target) (done func(), err error) {
	s, err := g.open(r.Context(), t.owner)
	if err != nil {
		return nil, err
	}
	free := g.slots.take(r.Caller.Principal)
	if free == nil {
		w.Header().Set("Retry-After", "1")
		return nil, &refusal{http.StatusTooManyRequests, "TOOMANYREQUESTS", fmt.Sprintf("You have %d uploads in progress, which is the most. "+
			"Wait until one of them has ended, then try again.", maxUploads)}
	}
	limits := s.Limits()
	r.Header.Set(quotaBytes, strconv.FormatInt(int64(limits.RegistryGiB)<<30, 10))
	r.Header.Set(quotaRepositories, strconv.Itoa(int(limits.Repositories)))
	return free, nil
}

// open subscription: one that exists and is registered, as it must be for every other write. A refusal is never decided by the cache.
func (g *Registry) open(ctx context.Context, id string) (*v1alpha1.Subscription, error) {
	var s v1alpha1.Subscription
	err := admitted(g.Cached.Get(ctx, client.ObjectKey{Name: id}, &s), &s)
	if err != nil {
		s = v1alpha1.Subscription{}
		err = admitted(g.Live.Get(ctx, client.ObjectKey{Name: id}, &s), &s)
	}
	return &s, err
}

func admitted(err error, s *v1alpha1.Subscription) error {
	switch {
	case apierrors.IsNotFound(err):
		return unknown
	case err != nil:
		return err
	case s.Spec.State != "" && s.Spec.State != v1alpha1.SubscriptionRegistered, s.DeletionTimestamp != nil:
		return &refusal{http.StatusForbidden, "DENIED", fmt.Sprintf("The subscription '%s' is in state '%s', in which images can only be pulled "+
			"and deleted. Ask the operator of this service to register it again.", s.Name, s.Spec.State)}
	}
	return nil
}

// mount leaves a request to take over another repository's blob only if the caller may pull there. Else it begins an ordinary upload, as the
// specification has it where a blob cannot be mounted.
func (g *Registry) mount(r *route.Request) {
	q := query(r.URL)
	if from, ok := source(q.Get("from")); r.Method != http.MethodPost || !ok || g.permit(r, http.MethodGet, from) != nil {
		q.Del("from")
		q.Del("mount")
	}
	r.URL.RawQuery = q.Encode()
	// A form in the body could hold the same parameters.
	r.Header.Set("Content-Type", "application/octet-stream")
}

// permit what the caller may do.
func (g *Registry) permit(r *route.Request, method string, t target) error {
	var refused *refusal
	_, err := g.Directory.Permit(r.Context(), func(given []v1alpha1.RoleAssignment) error {
		if refused = decide(given, r.Caller.Principal, method, t); refused != nil {
			return refused
		}
		return nil
	})
	return err
}

// writeRefusal answers with a refusal; other errors are returned.
func writeRefusal(w http.ResponseWriter, err error) error {
	var refused *refusal
	if errors.As(err, &refused) {
		return refuse(w, refused.status, refused.code, refused.message)
	}
	return err
}
