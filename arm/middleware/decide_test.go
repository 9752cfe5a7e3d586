package middleware

import (
	"net/http/httptest"
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

func TestAdmit(t *testing.T) {
	for sentence, c := range map[string]struct {
		state  v1alpha1.SubscriptionState
		method string
		want   bool
	}{
		"everything is allowed in a registered subscription":  {v1alpha1.SubscriptionRegistered, "PUT", true},
		"a subscription without a state counts as registered": {"", "POST", true},
		"a warned subscription can be read":                   {v1alpha1.SubscriptionWarned, "GET", true},
		"a suspended subscription can be read":                {v1alpha1.SubscriptionSuspended, "HEAD", true},
		"resources of a suspended one can be deleted":         {v1alpha1.SubscriptionSuspended, "DELETE", true},
		"nothing can be written in a warned one":              {v1alpha1.SubscriptionWarned, "PUT", false},
		"nothing can be changed in a suspended one":           {v1alpha1.SubscriptionSuspended, "PATCH", false},
		"no action is allowed in a deleted one":               {v1alpha1.SubscriptionDeleted, "POST", false},
	} {
		err := admit(c.state, c.method, "s")
		if (err == nil) != c.want || err != nil && fault.Of(err).Kind != fault.InvalidSubscriptionState {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
}

func TestDecide(t *testing.T) {
	const sub, action = "20000000-0000-0000-0000-000000000001", "Microsoft.ContainerService/managedClusters/write"
	role := func(name, scope string) []v1alpha1.RoleAssignment {
		return []v1alpha1.RoleAssignment{{Spec: v1alpha1.RoleAssignmentSpec{Principal: "anna", Role: name, Scope: scope}}}
	}
	for sentence, c := range map[string]struct {
		access route.Access
		given  []v1alpha1.RoleAssignment
		want   fault.Kind
	}{
		"a signed-in caller needs no role":                       {route.SignedIn, nil, ""},
		"a subscription without a role in it is not found":       {route.Visible, nil, fault.SubscriptionNotFound},
		"a role anywhere in the subscription makes it visible":   {route.Visible, role(identity.Reader, "/subscriptions/"+sub+"/resourceGroups/g"), ""},
		"a role that permits the action is enough":               {route.Checked, role(identity.Contributor, "/subscriptions/"+sub), ""},
		"a role that does not permit the action is not":          {route.Checked, role(identity.Reader, "/subscriptions/"+sub), fault.AuthorizationFailed},
		"a role in another group does not permit it in this one": {route.Checked, role(identity.Owner, "/subscriptions/"+sub+"/resourceGroups/other"), fault.AuthorizationFailed},
	} {
		r := &route.Request{
			Request: httptest.NewRequest("PUT", "/subscriptions/"+sub+"/resourceGroups/g", nil), Caller: identity.Identity{Principal: "anna"},
			Match: route.Match{Route: route.Route{Access: c.access, Action: action}, Params: map[string]string{"subscription": sub}},
		}
		err := decide(r, c.given)
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Kind != c.want {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
}
