package resources

import (
	"net/http"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
)

type providerType struct {
	ResourceType string   `json:"resourceType"`
	Locations    []string `json:"locations"`
	APIVersions  []string `json:"apiVersions"`
	Capabilities string   `json:"capabilities"`
}

type providerBody struct {
	ID                 string         `json:"id"`
	Namespace          string         `json:"namespace"`
	RegistrationPolicy string         `json:"registrationPolicy"`
	RegistrationState  string         `json:"registrationState"`
	ResourceTypes      []providerType `json:"resourceTypes"`
}

// providerOf describes a resource provider. Each of them is registered in every subscription and cannot be unregistered.
func (s *Resources) providerOf(sub *v1alpha1.Subscription, p provider.Registration) providerBody {
	b := providerBody{
		ID: "/subscriptions/" + sub.Name + "/providers/" + p.Namespace, Namespace: p.Namespace,
		RegistrationPolicy: "RegistrationFree", RegistrationState: "Registered", ResourceTypes: []providerType{},
	}
	for _, t := range p.Types {
		b.ResourceTypes = append(b.ResourceTypes, providerType{t.Name, []string{s.location}, t.Versions, "SupportsTags, SupportsLocation"})
	}
	return b
}

func (s *Resources) listProviders(w http.ResponseWriter, r *route.Request) error {
	all := []providerBody{}
	for _, p := range s.registered {
		all = append(all, s.providerOf(r.Subscription, p))
	}
	page, err := paging.Page(r.Request, all, func(b providerBody) string { return b.Namespace })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (s *Resources) knownProvider(r *route.Request) (provider.Registration, error) {
	for _, p := range s.registered {
		if strings.EqualFold(p.Namespace, r.Param("provider")) {
			return p, nil
		}
	}
	return provider.Registration{}, fault.New(fault.InvalidResourceNamespace, "The resource namespace '%s' is invalid.", r.Param("provider"))
}

func (s *Resources) getProvider(w http.ResponseWriter, r *route.Request) error {
	p, err := s.knownProvider(r)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, s.providerOf(r.Subscription, p))
}

// registerProvider changes nothing; clients do it to be sure.
func (s *Resources) registerProvider(w http.ResponseWriter, r *route.Request) error {
	return s.getProvider(w, r)
}

func (s *Resources) unregisterProvider(_ http.ResponseWriter, r *route.Request) error {
	p, err := s.knownProvider(r)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The resource provider '%s' cannot be unregistered: Lotse's providers are always registered.", p.Namespace)
}
