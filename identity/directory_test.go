package identity

import (
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestHolds(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	soon, past := metav1.NewTime(now.Add(time.Minute)), metav1.NewTime(now)
	with := func(change func(*v1alpha1.PrincipalSpec)) v1alpha1.Principal {
		p := v1alpha1.Principal{Spec: v1alpha1.PrincipalSpec{Type: ServicePrincipal, TenantID: "T", Secrets: []v1alpha1.PrincipalSecret{
			{ID: "old", ExpiresAt: &past}, {ID: "new", ExpiresAt: &soon}, {ID: "for-ever"}}}}
		change(&p.Spec)
		return p
	}
	asIs := func(*v1alpha1.PrincipalSpec) {}
	for sentence, c := range map[string]struct {
		principal v1alpha1.Principal
		claims    Claims
		want      error
	}{
		"a token for a secret that is there is good":             {with(asIs), Claims{Secret: "new", TenantID: "t"}, nil},
		"a secret without an end has none":                       {with(asIs), Claims{Secret: "for-ever", TenantID: "t"}, nil},
		"a token ends with its secret":                           {with(asIs), Claims{Secret: "old", TenantID: "t"}, ErrSecret},
		"a token for a secret that was removed is worth nothing": {with(asIs), Claims{Secret: "gone", TenantID: "t"}, ErrSecret},
		"a token for no secret is worth nothing":                 {with(asIs), Claims{TenantID: "t"}, ErrSecret},
		"another tenant's token is refused":                      {with(asIs), Claims{Secret: "new", TenantID: "u"}, ErrTenant},
		"a disabled principal's tokens are worth nothing":        {with(func(s *v1alpha1.PrincipalSpec) { s.Disabled = true }), Claims{Secret: "new", TenantID: "t"}, ErrDisabled},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := holds(c.principal, c.claims, now); !errors.Is(got, c.want) || (got == nil) != (c.want == nil) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAdministered(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	past := metav1.NewTime(now.Add(-time.Second))
	person := func(s v1alpha1.PrincipalSpec) v1alpha1.Principal {
		return v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: "anna"}, Spec: s}
	}
	secret := []v1alpha1.PrincipalSecret{{ID: "s"}}
	for sentence, c := range map[string]struct {
		role, scope string
		person      v1alpha1.Principal
		want        bool
	}{
		"an Owner of everything with a secret administers":          {Owner, "/", person(v1alpha1.PrincipalSpec{Secrets: secret}), true},
		"an Owner of a subscription does not":                       {Owner, sub, person(v1alpha1.PrincipalSpec{Secrets: secret}), false},
		"a Contributor to everything does not":                      {Contributor, "/", person(v1alpha1.PrincipalSpec{Secrets: secret}), false},
		"a disabled principal does not":                             {Owner, "/", person(v1alpha1.PrincipalSpec{Secrets: secret, Disabled: true}), false},
		"a principal without a secret cannot":                       {Owner, "/", person(v1alpha1.PrincipalSpec{}), false},
		"a principal whose last secret has expired cannot any more": {Owner, "/", person(v1alpha1.PrincipalSpec{Secrets: []v1alpha1.PrincipalSecret{{ID: "s", ExpiresAt: &past}}}), false},
		"a role of a deleted principal does not count":              {Owner, "/", v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: "berta"}, Spec: v1alpha1.PrincipalSpec{Secrets: secret}}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Administered(assigned(c.role, c.scope), []v1alpha1.Principal{c.person}, now); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRolesAreAzures(t *testing.T) {
	for name, id := range map[string]string{
		Owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", Contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
		Reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7", ClusterAdmin: "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
		ClusterUser: "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
	} {
		byName, ok := RoleOf(name)
		if byID, found := RoleOf(id); !ok || !found || byName.ID != id || byID.Name != name {
			t.Errorf("%s is %+v", name, byName)
		}
	}
}
