package registry

import (
	"fmt"
	"net/http"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/naming"
	"lotse.dev/identity"
)

// public is the owner of the images that the service itself is made of. Every caller may pull them, and only lotse up pushes them.
const public = "lotse"

// refusal is an answer in the form of the OCI distribution specification.
type refusal struct {
	status        int
	code, message string
}

// Error implements error.
func (r *refusal) Error() string { return r.message }

// unknown is the same for what does not exist and for what the caller must not know of.
var unknown = &refusal{http.StatusNotFound, "NAME_UNKNOWN",
	"There is no such repository, or you have no role in its subscription. Repositories are named {subscription ID}/{name}."}

// action of a request, as roles name it.
func action(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead:
		return identity.PullImage
	case http.MethodDelete:
		return identity.DeleteImage
	}
	return identity.PushImage
}

// Scope of an owner's images: the first segment of their repositories' names. Repositories without a subscription are older than
// the rule that each has one, and belong to the operator.
func scope(owner string) string {
	if !naming.GUID(owner) {
		return "/"
	}
	return "/subscriptions/" + owner + "/providers/Microsoft.ContainerRegistry/registries/" + public
}

// resource is the ARM ID of what a path names; empty for what has no subscription.
func resource(path, owner string) string {
	rest, ok := strings.CutPrefix(path, "/v2/"+owner)
	if !ok || !naming.GUID(owner) {
		return ""
	}
	return scope(owner) + rest
}

// decide whether the principal, which has logged in, may do what the method does with a repository. Nil lets it.
func decide(assignments []v1alpha1.RoleAssignment, principal, method string, t target) *refusal {
	wanted := action(method)
	subscription := naming.GUID(t.owner)
	switch {
	case t.owner == public && wanted == identity.PullImage:
		return nil
	case t.owner == public:
		return &refusal{http.StatusForbidden, "DENIED", "Images under " + public + "/ are the service's own and cannot be changed. Push to " +
			"{subscription ID}/{name}."}
	case wanted == identity.PushImage && (!subscription || t.repository == t.owner):
		return &refusal{http.StatusBadRequest, "NAME_INVALID", fmt.Sprintf("Images belong to a subscription. Push to {subscription ID}/%s.",
			strings.TrimPrefix(t.repository, "/"))}
	case identity.Allowed(assignments, principal, wanted, scope(t.owner)):
		return nil
	case !subscription || !identity.Sees(assignments, principal, "/subscriptions/"+t.owner):
		return unknown
	}
	return &refusal{http.StatusForbidden, "DENIED", fmt.Sprintf("The principal '%s' does not have authorization to perform action '%s' over "+
		"scope '%s'. A role in a group is not enough: images belong to the subscription.", principal, wanted, scope(t.owner))}
}

// mayPull reports whether the principal may pull every image of an owner.
func mayPull(assignments []v1alpha1.RoleAssignment, principal, owner string) bool {
	return decide(assignments, principal, http.MethodGet, target{owner: owner}) == nil
}
