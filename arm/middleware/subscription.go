package middleware

import (
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/route"
)

// Subscription finds the subscription in the path and enforces the rules of its state: unless it is registered, resources can only be read
// and deleted. cached may lag a little; before a request is refused the subscription is read again with live.
func Subscription(live, cached client.Reader) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Param("subscription") == "" {
				return next(w, r)
			}
			if enter(cached, r) != nil {
				if err := enter(live, r); err != nil {
					return err
				}
			}
			return next(w, r)
		}
	}
}

func enter(reader client.Reader, r *route.Request) error {
	if err := find(reader, r); err != nil {
		return err
	}
	return admit(r.Subscription.Spec.State, r.Method, r.Param("subscription"))
}

func find(reader client.Reader, r *route.Request) error {
	id := r.SubscriptionID()
	if !naming.GUID(id) {
		return SubscriptionNotFound(r.Param("subscription"))
	}
	var s v1alpha1.Subscription
	err := reader.Get(r.Context(), client.ObjectKey{Name: id}, &s)
	if apierrors.IsNotFound(err) {
		return SubscriptionNotFound(r.Param("subscription"))
	}
	r.Subscription = &s
	return err
}

// admit is the rule of subscription states: all but Registered allow GET and DELETE only.
func admit(state v1alpha1.SubscriptionState, method, id string) error {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return nil
	}
	if state == v1alpha1.SubscriptionRegistered || state == "" {
		return nil
	}
	return fault.New(fault.InvalidSubscriptionState, "The subscription '%s' is in state '%s', in which resources can only be read and "+
		"deleted. Ask the operator of this service to register it again.", id, state)
}

// Writable returns why nothing can be written in a subscription; nil if it is registered.
func Writable(s *v1alpha1.Subscription) error { return admit(s.Spec.State, http.MethodPost, s.Name) }
