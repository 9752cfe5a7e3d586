package personal

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lotse.dev/identity"
)

func TestLeaf(t *testing.T) {
	anna := identity.Identity{Principal: "3000", Type: identity.User, UserName: "Anna@lotse.local"}
	app := identity.Identity{Principal: "4000-A", Type: identity.ServicePrincipal}
	for sentence, c := range map[string]struct {
		kind       Kind
		who        identity.Identity
		administer bool
		name, uid  string
		group      string
		life       time.Duration
	}{
		"the cluster user's role is no administrator's":      {User, anna, false, "lotse:user:anna@lotse.local", "3000", "lotse:cluster-users", 12 * time.Hour},
		"an administrator is one with the user's credential": {User, anna, true, "lotse:user:anna@lotse.local", "3000", "lotse:cluster-admins", 12 * time.Hour},
		"the administrator's credential lives for days":      {Admin, anna, true, "lotse:user:anna@lotse.local", "3000", "lotse:cluster-admins", 72 * time.Hour},
		"an application is called by its GUID":               {User, app, false, "lotse:app:4000-a", "4000-A", "lotse:cluster-users", 12 * time.Hour},
		"a managed identity is an application":               {User, identity.Identity{Principal: "5000", Type: identity.ManagedIdentity}, false, "lotse:app:5000", "5000", "lotse:cluster-users", 12 * time.Hour},
		"a user without a user name is called by its GUID":   {User, identity.Identity{Principal: "6000", Type: identity.User}, false, "lotse:user:6000", "6000", "lotse:cluster-users", 12 * time.Hour},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := c.kind.Leaf(c.who, c.administer)
			if got.CommonName != c.name || got.UID != c.uid || !slices.Equal(got.Organizations, []string{c.group}) || got.Life != c.life {
				t.Errorf("got %+v", got)
			}
			if !got.Client || len(got.DNSNames) > 0 {
				t.Error("it is not a client's certificate")
			}
		})
	}
}

// TestNoPrincipalHasAComponentsName: whatever user names there are, and whatever types, a name in a cluster is a principal's.
func TestNoPrincipalHasAComponentsName(t *testing.T) {
	for _, name := range []string{"system:masters", "system:kube-controller-manager", "lotse", "lotse:kube-apiserver", "kube-apiserver", ""} {
		for _, kind := range []string{identity.User, identity.ServicePrincipal, identity.ManagedIdentity, "unknown"} {
			got := Name(identity.Identity{Principal: "3000", Type: kind, UserName: name})
			if !strings.HasPrefix(got, userPrefix) && !strings.HasPrefix(got, appPrefix) {
				t.Errorf("%s %q is called %q", kind, name, got)
			}
		}
	}
}
