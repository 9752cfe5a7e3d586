package resources

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/operation"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
)

// Oldest api-versions that clients still send.
const (
	since         = "2015-01-01"
	providerSince = "2014-04-01"
)

const (
	subscription = "/subscriptions/{subscription}"
	group        = subscription + "/resourceGroups/{group}"
)

// Resources serves the routes of this package.
type Resources struct {
	client   client.Client
	signer   operation.Signer
	location string
	// registered resource providers, this one included.
	registered []provider.Registration
}

// New resources in the one location of this Lotse. The client must not read from a cache: a read sees the write before it. others are the
// other resource providers, whose resources and types are listed too.
func New(c client.Client, signer operation.Signer, location string, others []provider.Registration) *Resources {
	s := &Resources{client: c, signer: signer, location: location}
	s.registered = append([]provider.Registration{s.Registration()}, others...)
	return s
}

func (s *Resources) routes() route.Table {
	const groups = "Microsoft.Resources/subscriptions/resourceGroups/"
	get, put, post, patch, head, del := http.MethodGet, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodHead, http.MethodDelete
	return route.Table{
		{Method: get, Pattern: "/tenants", Access: route.SignedIn, Since: since, Handle: s.listTenants},
		{Method: get, Pattern: "/subscriptions", Access: route.SignedIn, Since: since, Handle: s.listSubscriptions},
		{Method: get, Pattern: subscription, Access: route.Visible, Since: since, Handle: s.getSubscription},
		{Method: get, Pattern: subscription + "/locations", Access: route.Visible, Since: since, Handle: s.listLocations},

		{Method: get, Pattern: subscription + "/providers", Access: route.Visible, Since: providerSince, Handle: s.listProviders},
		{Method: get, Pattern: subscription + "/providers/{provider}", Access: route.Visible, Since: providerSince, Handle: s.getProvider},
		{Method: post, Pattern: subscription + "/providers/{provider}/register", Action: "Microsoft.Resources/register/action",
			Since: providerSince, Handle: s.registerProvider},
		{Method: post, Pattern: subscription + "/providers/{provider}/unregister", Action: "Microsoft.Resources/unregister/action",
			Since: providerSince, Handle: s.unregisterProvider},

		{Method: get, Pattern: subscription + "/resourceGroups", Access: route.Visible, Since: since, Handle: s.listGroups},
		{Method: get, Pattern: group, Action: groups + "read", Since: since, Handle: s.getGroup},
		{Method: head, Pattern: group, Action: groups + "read", Since: since, Handle: s.headGroup},
		{Method: put, Pattern: group, Action: groups + "write", Since: since, Handle: s.putGroup},
		{Method: patch, Pattern: group, Action: groups + "write", Since: since, Handle: s.patchGroup},
		{Method: del, Pattern: group, Action: groups + "delete", Since: since, Handle: s.deleteGroup},
		{Method: get, Pattern: subscription + "/operationresults/{operation}", Access: route.Visible, Handle: s.groupResult},

		{Method: get, Pattern: group + "/resources", Access: route.Visible, Since: since, Handle: s.listResources},
		{Method: get, Pattern: subscription + "/resources", Access: route.Visible, Since: since, Handle: s.listResources},
	}
}
