package subscriptions

import (
	"net/http"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

const (
	since    = "2026-11-01"
	provider = "/providers/Lotse.Subscription"
	kind     = "Lotse.Subscription/subscriptions"
	one      = provider + "/subscriptions/{id}"
	results  = provider + "/operationresults/"
)

// Subscriptions serves the routes of this package.
type Subscriptions struct{ client client.Client }

// New subscriptions. The client must not read from a cache: a read sees the write before it.
func New(c client.Client) *Subscriptions { return &Subscriptions{client: c} }

// Routes of Lotse.Subscription.
func (s *Subscriptions) Routes() route.Table {
	return route.Table{
		{Method: http.MethodGet, Pattern: one, Action: kind + "/read", Since: since, Handle: s.get},
		{Method: http.MethodPut, Pattern: one, Action: kind + "/write", Since: since, Handle: s.put},
		{Method: http.MethodDelete, Pattern: one, Action: kind + "/delete", Since: since, Handle: s.delete},
		{Method: http.MethodGet, Pattern: results + "{id}", Action: kind + "/read", Since: since, Handle: s.result},
	}
}

type properties struct {
	SubscriptionID    string `json:"subscriptionId"`
	DisplayName       string `json:"displayName"`
	TenantID          string `json:"tenantId"`
	State             string `json:"state"`
	ProvisioningState string `json:"provisioningState"`
}

type subscriptionBody struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Properties properties `json:"properties"`
}

func bodyOf(s *v1alpha1.Subscription) subscriptionBody {
	b := subscriptionBody{ID: provider + "/subscriptions/" + s.Name, Name: s.Name, Type: kind, Properties: properties{
		SubscriptionID: s.Name, DisplayName: s.Spec.DisplayName, TenantID: s.Spec.TenantID, State: string(s.Spec.State),
		ProvisioningState: string(v1alpha1.Succeeded),
	}}
	switch {
	case s.DeletionTimestamp != nil:
		b.Properties.ProvisioningState = v1alpha1.Deleting
	case s.Status.ObservedGeneration == 0:
		b.Properties.ProvisioningState = v1alpha1.Creating
	}
	return b
}

// find the subscription in the path; nil if there is none.
func (s *Subscriptions) find(r *route.Request) (*v1alpha1.Subscription, error) {
	if !naming.GUID(r.Param("id")) {
		return nil, nil
	}
	found := &v1alpha1.Subscription{}
	err := s.client.Get(r.Context(), client.ObjectKey{Name: strings.ToLower(r.Param("id"))}, found)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

func (s *Subscriptions) get(w http.ResponseWriter, r *route.Request) error {
	found, err := s.find(r)
	if err != nil {
		return err
	}
	if found == nil {
		return fault.New(fault.SubscriptionNotFound, "The subscription '%s' could not be found.", r.Param("id"))
	}
	return route.JSON(w, http.StatusOK, bodyOf(found))
}

func (s *Subscriptions) put(w http.ResponseWriter, r *route.Request) error {
	if !naming.GUID(r.Param("id")) {
		return fault.New(fault.InvalidResourceName, "The subscription's ID '%s' is not a GUID.", r.Param("id"))
	}
	found, err := s.find(r)
	if err != nil {
		return err
	}
	if found == nil {
		return s.create(w, r)
	}
	if found.DeletionTimestamp != nil {
		return fault.New(fault.InvalidSubscriptionState, "The subscription '%s' is being deleted. Wait until it is gone.", found.Name).
			After(5 * time.Second)
	}
	present := bodyOf(found)
	if err := read(r.Request, &present, &found.Spec); err != nil {
		return err
	}
	metav1.SetMetaDataAnnotation(&found.ObjectMeta, v1alpha1.AnnotationCorrelationID, r.CorrelationID)
	if err := s.client.Update(r.Context(), found, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, bodyOf(found))
}

func (s *Subscriptions) create(w http.ResponseWriter, r *route.Request) error {
	made := &v1alpha1.Subscription{
		ObjectMeta: metav1.ObjectMeta{
			Name: strings.ToLower(r.Param("id")), Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: r.CorrelationID},
			// Set here and not by the controller, so that even a delete that comes before the controller waits for what is in the subscription.
			Finalizers: []string{v1alpha1.Finalizer},
		},
		Spec: v1alpha1.SubscriptionSpec{TenantID: r.Caller.TenantID, State: v1alpha1.SubscriptionRegistered},
	}
	if err := read(r.Request, nil, &made.Spec); err != nil {
		return err
	}
	if err := s.client.Create(r.Context(), made, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, bodyOf(made))
}

var states = []v1alpha1.SubscriptionState{
	v1alpha1.SubscriptionRegistered, v1alpha1.SubscriptionWarned, v1alpha1.SubscriptionSuspended, v1alpha1.SubscriptionDeleted,
	v1alpha1.SubscriptionUnregistered,
}

// read changes spec into what the body asks for. Properties that the body does not name stay; the tenant never changes.
func read(r *http.Request, present *subscriptionBody, spec *v1alpha1.SubscriptionSpec) error {
	var now any
	if present != nil {
		now = present
	}
	o, err := body.Read(r, now)
	if err != nil {
		return err
	}
	for _, name := range []string{"id", "name", "type"} {
		o.String(name) // clients repeat what the path says
	}
	p := o.Object("properties")
	p.String("subscriptionId")
	p.String("provisioningState")
	if name, ok := p.String("displayName"); ok {
		spec.DisplayName = name
	}
	if present != nil {
		p.ReadOnly("tenantId")
	} else if tenant, ok := p.String("tenantId"); ok {
		spec.TenantID = strings.ToLower(tenant)
	}
	if asked, ok := p.String("state"); ok {
		i := slices.IndexFunc(states, func(s v1alpha1.SubscriptionState) bool { return strings.EqualFold(string(s), asked) })
		if i < 0 {
			o.Fail(fault.New(fault.InvalidParameter, "The state '%s' is not one of %v.", asked, states).At("properties.state"))
		} else {
			spec.State = states[i]
		}
	}
	_ = p.Finish()
	switch err := o.Finish(); {
	case err != nil:
		return err
	case spec.DisplayName == "" || len(spec.DisplayName) > 64:
		return fault.New(fault.InvalidParameter, "The property properties.displayName is required and has at most 64 characters.").At("properties.displayName")
	case !naming.GUID(spec.TenantID):
		return fault.New(fault.InvalidParameter, "The tenant '%s' is not a GUID.", spec.TenantID).At("properties.tenantId")
	}
	return nil
}

// delete a subscription with everything in it. It is in state Deleted first, in which nothing can be created.
func (s *Subscriptions) delete(w http.ResponseWriter, r *route.Request) error {
	found, err := s.find(r)
	if err != nil {
		return err
	}
	if found == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if found.Spec.State != v1alpha1.SubscriptionDeleted {
		found.Spec.State = v1alpha1.SubscriptionDeleted
		if err := s.client.Update(r.Context(), found, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return err
		}
	}
	if err := s.client.Delete(r.Context(), found); client.IgnoreNotFound(err) != nil {
		return err
	}
	return accepted(w, r)
}

func accepted(w http.ResponseWriter, r *route.Request) error {
	w.Header().Set("Location", r.Base()+results+r.Param("id")+"?api-version="+r.APIVersion())
	w.Header().Set("Retry-After", operation.PollAfter)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// result answers the Location of a delete: 202 while the subscription exists, 200 after.
func (s *Subscriptions) result(w http.ResponseWriter, r *route.Request) error {
	found, err := s.find(r)
	if err != nil {
		return err
	}
	if found != nil && found.DeletionTimestamp != nil {
		return accepted(w, r)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
