package resources

import (
	"net/http"
	"slices"
	"strings"

	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/paging"
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

func (s *Resources) providerOf(sub *v1alpha1.Subscription, p provider) providerBody {
	b := providerBody{
		ID: "/subscriptions/" + sub.Name + "/providers/" + p.namespace, Namespace: p.namespace,
		RegistrationPolicy: "RegistrationRequired", RegistrationState: "NotRegistered", ResourceTypes: []providerType{},
	}
	if p.builtIn {
		b.RegistrationPolicy = "RegistrationFree"
	}
	if p.builtIn || slices.Contains(sub.Spec.Providers, strings.ToLower(p.namespace)) {
		b.RegistrationState = "Registered"
	}
	for _, t := range p.types {
		b.ResourceTypes = append(b.ResourceTypes, providerType{t.name, []string{s.location}, t.versions, "SupportsTags, SupportsLocation"})
	}
	return b
}

func (s *Resources) listProviders(w http.ResponseWriter, r *route.Request) error {
	all := []providerBody{}
	for _, p := range providerTable {
		all = append(all, s.providerOf(r.Subscription, p))
	}
	page, err := paging.Page(r.Request, all, func(b providerBody) string { return b.Namespace })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func known(r *route.Request) (provider, error) {
	for _, p := range providerTable {
		if strings.EqualFold(p.namespace, r.Param("provider")) {
			return p, nil
		}
	}
	return provider{}, fault.New(fault.InvalidResourceNamespace, "The resource namespace '%s' is invalid.", r.Param("provider"))
}

func (s *Resources) getProvider(w http.ResponseWriter, r *route.Request) error {
	p, err := known(r)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, s.providerOf(r.Subscription, p))
}

func (s *Resources) registerProvider(w http.ResponseWriter, r *route.Request) error {
	return s.setProvider(w, r, func(registered []string, name string) []string { return append(registered, name) })
}

func (s *Resources) unregisterProvider(w http.ResponseWriter, r *route.Request) error {
	return s.setProvider(w, r, func(registered []string, _ string) []string { return registered })
}

// setProvider writes the list of registered providers, the one in question taken out and then treated by change.
func (s *Resources) setProvider(w http.ResponseWriter, r *route.Request, change func([]string, string) []string) error {
	p, err := known(r)
	if err != nil {
		return err
	}
	name, sub := strings.ToLower(p.namespace), &v1alpha1.Subscription{}
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if err := s.client.Get(r.Context(), client.ObjectKey{Name: r.SubscriptionID()}, sub); err != nil {
			return err
		}
		before := slices.Clone(sub.Spec.Providers)
		others := slices.DeleteFunc(slices.Clone(before), func(n string) bool { return n == name })
		if sub.Spec.Providers = change(others, name); slices.Equal(before, sub.Spec.Providers) {
			return nil
		}
		return s.client.Update(r.Context(), sub, client.FieldOwner(v1alpha1.FieldManager))
	})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, s.providerOf(sub, p))
}
