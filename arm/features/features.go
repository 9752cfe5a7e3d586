// Package features is Microsoft.Features: previews that a subscription enables by registering a feature (H2).
package features

import (
	"net/http"
	"slices"
	"strings"

	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
)

const since = "2015-12-01"

// Feature is a preview that can be registered.
type Feature struct{ Provider, Name string }

func (f Feature) key() string { return strings.ToLower(f.Provider + "/" + f.Name) }

// Features serves Microsoft.Features.
type Features struct {
	client client.Client
	known  []Feature
}

// New features; known are those that can be registered.
func New(c client.Client, known []Feature) *Features { return &Features{client: c, known: known} }

// Registration of Microsoft.Features.
func (s *Features) Registration() provider.Registration {
	return provider.Registration{
		Namespace: "Microsoft.Features", Routes: s.routes(),
		Types: []provider.Type{{Name: "features", Versions: []string{"2021-07-01", "2015-12-01"}}},
	}
}

func (s *Features) routes() route.Table {
	const (
		root    = "/subscriptions/{subscription}/providers/Microsoft.Features"
		all     = root + "/providers/{provider}/features"
		one     = all + "/{feature}"
		actions = "Microsoft.Features/providers/features/"
	)
	return route.Table{
		{Method: http.MethodGet, Pattern: root + "/features", Access: route.Visible, Since: since, Handle: s.list},
		{Method: http.MethodGet, Pattern: all, Access: route.Visible, Since: since, Handle: s.list},
		{Method: http.MethodGet, Pattern: one, Access: route.Visible, Since: since, Handle: s.get},
		{Method: http.MethodPost, Pattern: one + "/register", Action: actions + "register/action", Since: since, Handle: s.register},
		{Method: http.MethodPost, Pattern: one + "/unregister", Action: actions + "unregister/action", Since: since, Handle: s.unregister},
	}
}

type properties struct {
	State string `json:"state"`
}

type body struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Properties properties `json:"properties"`
}

func show(sub *v1alpha1.Subscription, f Feature) body {
	state := "NotRegistered"
	if slices.Contains(sub.Spec.Features, f.key()) {
		state = "Registered"
	}
	return body{
		ID:   "/subscriptions/" + sub.Name + "/providers/Microsoft.Features/providers/" + f.Provider + "/features/" + f.Name,
		Name: f.Provider + "/" + f.Name, Type: "Microsoft.Features/providers/features", Properties: properties{state},
	}
}

func (s *Features) list(w http.ResponseWriter, r *route.Request) error {
	all := []body{}
	for _, f := range s.known {
		if p := r.Param("provider"); p == "" || strings.EqualFold(p, f.Provider) {
			all = append(all, show(r.Subscription, f))
		}
	}
	page, err := paging.Page(r.Request, all, func(b body) string { return b.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (s *Features) find(r *route.Request) (Feature, error) {
	asked := Feature{r.Param("provider"), r.Param("feature")}
	for _, f := range s.known {
		if f.key() == asked.key() {
			return f, nil
		}
	}
	return Feature{}, fault.New(fault.FeatureNotFound, "The feature '%s' could not be found in '%s'. The list of features names those that exist.",
		asked.Name, asked.Provider)
}

func (s *Features) get(w http.ResponseWriter, r *route.Request) error {
	f, err := s.find(r)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, show(r.Subscription, f))
}

func (s *Features) register(w http.ResponseWriter, r *route.Request) error { return s.set(w, r, true) }
func (s *Features) unregister(w http.ResponseWriter, r *route.Request) error {
	return s.set(w, r, false)
}

func (s *Features) set(w http.ResponseWriter, r *route.Request, on bool) error {
	f, err := s.find(r)
	if err != nil {
		return err
	}
	sub := &v1alpha1.Subscription{}
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if err := s.client.Get(r.Context(), client.ObjectKey{Name: r.SubscriptionID()}, sub); err != nil {
			return err
		}
		if slices.Contains(sub.Spec.Features, f.key()) == on {
			return nil
		}
		sub.Spec.Features = slices.DeleteFunc(sub.Spec.Features, func(n string) bool { return n == f.key() })
		if on {
			sub.Spec.Features = append(sub.Spec.Features, f.key())
		}
		return s.client.Update(r.Context(), sub, client.FieldOwner(v1alpha1.FieldManager))
	})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, show(sub, f))
}
