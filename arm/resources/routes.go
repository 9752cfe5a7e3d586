package resources

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/encoded"
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
	client client.Client
	// reads see each write that was answered. Objects of shared must not be changed.
	reads, shared client.Reader
	answers       *encoded.Answers
	signer        operation.Signer
	location      string
	// registered resource providers, this one included.
	registered []provider.Registration
}

// Config of the resources.
type Config struct {
	// Client must not read from a cache.
	Client client.Client
	// Reads see each write that was answered. So do those of Shared, whose objects must not be changed.
	Reads, Shared client.Reader
	Answers       *encoded.Answers
	Signer        operation.Signer
	// Location is the one location of this Lotse.
	Location string
	// Others are the other resource providers, whose resources and types are listed too.
	Others []provider.Registration
}

// New resources in the one location of this Lotse.
func New(c Config) *Resources {
	s := &Resources{client: c.Client, reads: c.Reads, shared: c.Shared, answers: c.Answers, signer: c.Signer, location: c.Location}
	s.registered = append([]provider.Registration{s.Registration()}, c.Others...)
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
		{Method: put, Pattern: group, Action: groups + "write", Since: since, Handle: concurrency.RetryOnConflict(s.putGroup)},
		{Method: patch, Pattern: group, Action: groups + "write", Since: since, Handle: concurrency.RetryOnConflict(s.patchGroup)},
		{Method: del, Pattern: group, Action: groups + "delete", Since: since, Handle: s.deleteGroup},
		{Method: get, Pattern: subscription + "/operationresults/{operation}", Access: route.Visible, Handle: s.groupResult},

		{Method: get, Pattern: group + "/resources", Access: route.Visible, Since: since, Handle: s.listResources},
		{Method: get, Pattern: subscription + "/resources", Access: route.Visible, Since: since, Handle: s.listResources},
	}
}
