package middleware

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Authorize decides access for every route. A subscription that the caller has no role in is answered like a missing one.
func Authorize(directory *identity.Directory) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Access == route.Public {
				return next(w, r)
			}
			var err error
			r.Assignments, err = directory.Permit(r.Context(), func(given []v1alpha1.RoleAssignment) error { return decide(r, given) })
			if err != nil {
				return err
			}
			return next(w, r)
		}
	}
}

func decide(r *route.Request, given []v1alpha1.RoleAssignment) error {
	if r.Access == route.SignedIn {
		return nil
	}
	if id := r.SubscriptionID(); id != "" && !identity.Sees(given, r.Caller.Principal, "/subscriptions/"+id) {
		return SubscriptionNotFound(r.Param("subscription"))
	}
	if r.Access == route.Visible || identity.Allowed(given, r.Caller.Principal, r.Action, r.Scope()) {
		return nil
	}
	return fault.New(fault.AuthorizationFailed, "The client '%s' with object id '%s' does not have authorization to perform action '%s' "+
		"over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		r.Caller.Name(), r.Caller.Principal, r.Action, r.Scope())
}

// SubscriptionNotFound is the answer for a missing subscription, and for one that the caller must not know of.
func SubscriptionNotFound(id string) error {
	return fault.New(fault.SubscriptionNotFound, "The subscription '%s' could not be found.", id)
}
