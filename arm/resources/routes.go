package resources

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/operation"
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
	seal     operation.Seal
	location string
}

// New resources in the one location that this Lotse is. The client must not read from a cache: a read sees the write before it.
func New(c client.Client, seal operation.Seal, location string) *Resources {
	return &Resources{client: c, seal: seal, location: location}
}

// Routes of this package.
func (s *Resources) Routes() route.Table {
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
