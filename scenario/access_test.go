package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lotse.dev/client"
)

const (
	clusterUser  = "Azure Kubernetes Service Cluster User Role"
	clusterAdmin = "Azure Kubernetes Service Cluster Admin Role"
)

// accessStory is two tenants, and people with roles in the first of them.
type accessStory struct {
	*testing.T
	ctx             context.Context
	shop, farm      string // subscriptions
	group, cluster  string // IDs in the shop
	began           time.Time
	assignments     map[string]string
	people, secrets map[string]string // IDs by name
	clients         map[string]*client.Client
}

// TestAccess: people can do what an operator grants and no more, from the next request on; and the audit log has all of it.
func TestAccess(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	s := &accessStory{T: t, ctx: ctx, began: time.Now(), assignments: map[string]string{}, people: map[string]string{},
		secrets: map[string]string{}, clients: map[string]*client.Client{}}

	t.Log("1. the operator makes two tenants, and people with one role each in the first")
	s.shop, s.farm = s.tenant("shop"), s.tenant("farm")
	s.group = client.SubscriptionPath(s.shop) + "/resourceGroups/access"
	s.cluster = s.group + "/providers/Microsoft.ContainerService/managedClusters/c1"
	for name, role := range map[string]string{"owner": "Owner", "contributor": "Contributor", "reader": "Reader"} {
		s.person(name)
		s.give(name, role, client.SubscriptionPath(s.shop))
	}
	for _, name := range []string{"user", "admin", "outsider"} {
		s.person(name)
	}

	t.Log("2. a contributor may write, a reader may not")
	location := map[string]any{"location": lotse.client.Credential.Location}
	s.eventually("contributor", func(c *client.Client) error { _, err := c.Put(ctx, s.group, location); return err })
	s.refused("reader", 403, "AuthorizationFailed", func(c *client.Client) error { _, err := c.Put(ctx, s.group, location); return err })
	s.allowed("reader", func(c *client.Client) error { _, err := c.Get(ctx, s.group); return err })
	s.allowed("contributor", func(c *client.Client) error {
		_, err := c.Put(ctx, s.cluster, map[string]any{"location": location["location"], "properties": map[string]any{
			"dnsPrefix": "access", "kubernetesVersion": storyVersion, "agentPoolProfiles": []any{map[string]any{"name": "system", "mode": "System", "count": 1}}}})
		return err
	})

	t.Log("3. a contributor may not assign roles, not even to themselves; an owner may, but not above")
	s.refused("contributor", 403, "AuthorizationFailed", func(c *client.Client) error { return s.grant(c, "contributor", "Owner", s.group) })
	s.allowed("owner", func(c *client.Client) error { return s.grant(c, "user", clusterUser, s.cluster) })
	s.give("admin", clusterAdmin, s.cluster)
	s.refused("owner", 403, "AuthorizationFailed", func(c *client.Client) error { return s.grant(c, "owner", "Owner", "/") })
	s.refused("owner", 404, "SubscriptionNotFound", func(c *client.Client) error {
		return s.grant(c, "owner", "Owner", client.SubscriptionPath(s.farm))
	})
	s.refused("owner", 403, "AuthorizationFailed", func(c *client.Client) error { _, err := c.List(ctx, client.PrincipalsPath); return err })

	t.Log("4. a tenant's people see nothing of another tenant")
	for _, name := range []string{"owner", "contributor", "reader", "user", "outsider"} {
		s.refused(name, 404, "SubscriptionNotFound", func(c *client.Client) error { _, err := c.Get(ctx, client.SubscriptionPath(s.farm)); return err })
	}
	s.sees("owner", s.shop)
	s.sees("outsider")

	t.Log("5. the cluster user's role lists that cluster's user credential, and that is all")
	s.listing("user", "listClusterUserCredential", true)
	s.listing("user", "listClusterAdminCredential", false)
	s.listing("admin", "listClusterAdminCredential", true)
	s.listing("admin", "listClusterUserCredential", false)
	s.listing("reader", "listClusterUserCredential", false)
	s.refused("user", 403, "AuthorizationFailed", func(c *client.Client) error { _, err := c.Delete(ctx, s.cluster); return err })

	t.Log("6. a deleted role assignment has no effect from the next request on")
	s.cli("role", "assignment", "delete", "-n", s.assignments["reader"])
	s.refused("reader", 404, "SubscriptionNotFound", func(c *client.Client) error { _, err := c.Get(ctx, s.group); return err })

	t.Log("7. tokens are revoked when their secret is removed, and when their principal is disabled or deleted")
	s.allowed("contributor", func(c *client.Client) error { _, err := c.Get(ctx, s.group); return err })
	s.cli("principal", "secret", "remove", "-n", s.people["contributor"], "--id", s.secrets["contributor"])
	s.refused("contributor", 401, "InvalidAuthenticationToken", func(c *client.Client) error { _, err := c.Get(ctx, s.group); return err })
	s.cli("principal", "update", "-n", s.people["user"], "--enabled=false")
	s.refused("user", 401, "InvalidAuthenticationToken", func(c *client.Client) error { _, err := c.Get(ctx, s.cluster); return err })
	s.cli("principal", "delete", "-n", s.people["owner"])
	s.refused("owner", 401, "InvalidAuthenticationToken", func(c *client.Client) error { _, err := c.Get(ctx, s.group); return err })

	t.Log("8. the last owner of everything cannot be removed")
	me := lotse.client.Credential.AppID
	if _, err := lotse.cli(ctx, "principal", "delete", "-n", me); err == nil {
		t.Fatal("the only administrator was deleted")
	}

	t.Log("9. a tenant ends with everything in it, roles too")
	s.cli("subscription", "delete", "-n", s.shop, "--timeout", "3m")
	_, err := lotse.client.Get(ctx, client.SubscriptionPath(s.shop))
	if !client.IsNotFound(err) {
		t.Fatalf("the deleted subscription answers %v", err)
	}
	for _, a := range s.list("role", "assignment", "list", "--scope", "/") {
		if p := a["properties"].(map[string]any); p["principalId"] == s.people["admin"] {
			t.Errorf("a role of the ended tenant is still there: %v", a)
		}
	}

	t.Log("10. the audit log has every write: who, what, when, and the answer")
	s.audited("contributor", "PUT", s.group, 201, "")
	s.audited("reader", "PUT", s.group, 403, "AuthorizationFailed")
	s.audited("user", "POST", s.cluster+"/listClusterAdminCredential", 403, "AuthorizationFailed")
	s.audited("owner", "PUT", client.RoleAssignmentsPath(s.cluster)+"/"+s.assignments["user"], 201, "")
	s.recorded(me, "DELETE", client.PrincipalPath(me), 409, "CannotDeleteLastRbacAdminAssignment")
	s.recorded(me, "DELETE", client.PrincipalPath(s.people["owner"]), 200, "")
	s.recorded(me, "DELETE", client.OperatedSubscriptionPath(s.shop), 202, "")
}

// cli runs the command line as the operator.
func (s *accessStory) cli(args ...string) string {
	s.Helper()
	out, err := lotse.cli(s.ctx, args...)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

func (s *accessStory) document(args ...string) map[string]any {
	s.Helper()
	var d map[string]any
	if err := json.Unmarshal([]byte(s.cli(append(args, "-o", "json")...)), &d); err != nil {
		s.Fatalf("%v: %v", args, err)
	}
	return d
}

func (s *accessStory) list(args ...string) []map[string]any {
	s.Helper()
	var d []map[string]any
	if err := json.Unmarshal([]byte(s.cli(append(args, "-o", "json")...)), &d); err != nil {
		s.Fatalf("%v: %v", args, err)
	}
	return d
}

// tenant makes a subscription that this story deletes.
func (s *accessStory) tenant(name string) string {
	s.Helper()
	id := s.document("subscription", "create", "--display-name", name+"-"+lotse.run)["name"].(string)
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
		defer cancel()
		if _, err := lotse.cli(ctx, "subscription", "delete", "-n", id); err != nil {
			s.Error(err)
		}
	})
	return id
}

// person makes a principal that this story deletes, and a client that is logged in as it.
func (s *accessStory) person(name string) {
	s.Helper()
	id := s.document("principal", "create", "--display-name", name+"-"+lotse.run)["name"].(string)
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := lotse.cli(ctx, "principal", "delete", "-n", id); err != nil {
			s.Error(err)
		}
	})
	file := filepath.Join(s.TempDir(), name+".json")
	s.cli("principal", "secret", "add", "-n", id, "--expires-in", "1h", "--file", file)
	credential, err := client.ReadCredential(file)
	if err != nil {
		s.Fatal(err)
	}
	c, err := client.New(credential)
	if err != nil {
		s.Fatal(err)
	}
	s.people[name], s.clients[name] = id, c
	s.secrets[name] = s.list("principal", "secret", "list", "-n", id)[0]["keyId"].(string)
}

// give assigns a role, as the operator.
func (s *accessStory) give(name, role, scope string) {
	s.Helper()
	s.assignments[name] = s.document("role", "assignment", "create", "--principal", s.people[name], "--role", role, "--scope", scope)["id"].(string)
}

// grant assigns a role with another principal's client.
func (s *accessStory) grant(c *client.Client, to, role, scope string) error {
	definitions, err := lotse.client.List(s.ctx, client.RoleDefinitionsPath(scope)+"?$filter=roleName%20eq%20'"+url.PathEscape(role)+"'")
	if err != nil {
		return err
	}
	definition, err := client.View[client.RoleDefinition](definitions[0])
	if err != nil {
		return err
	}
	name := fmt.Sprintf("50000000-0000-0000-0000-%012d", time.Now().UnixNano()%1_000_000_000_000)
	_, err = c.Put(s.ctx, client.RoleAssignmentsPath(scope)+"/"+name, map[string]any{"properties": map[string]any{
		"roleDefinitionId": definition.ID, "principalId": s.people[to]}})
	if err == nil {
		s.assignments[to] = name
	}
	return err
}

func (s *accessStory) allowed(who string, try func(*client.Client) error) {
	s.Helper()
	if err := try(s.clients[who]); err != nil {
		s.Fatalf("%s: %v", who, err)
	}
}

// eventually is allowed: for the first write in a new subscription, whose namespace is made a moment later.
func (s *accessStory) eventually(who string, try func(*client.Client) error) {
	s.Helper()
	seen, ok := poll(s.ctx, time.Minute, func() (bool, string) {
		err := try(s.clients[who])
		return err == nil, fmt.Sprint(err)
	})
	if !ok {
		s.Fatalf("%s: waited a minute to write in the new subscription; last seen: %s", who, seen)
	}
}

func (s *accessStory) refused(who string, status int, code string, try func(*client.Client) error) {
	s.Helper()
	err := try(s.clients[who])
	if e := (*client.Error)(nil); !errors.As(err, &e) || e.Status != status || e.Code != code {
		s.Fatalf("%s: got %v, want %d %s", who, err, status, code)
	}
}

// listing credentials is allowed or not; a cluster that is not ready refuses it for another reason.
func (s *accessStory) listing(who, action string, want bool) {
	s.Helper()
	_, err := s.clients[who].Post(s.ctx, s.cluster+"/"+action, nil)
	e := (*client.Error)(nil)
	denied := errors.As(err, &e) && e.Code == "AuthorizationFailed"
	ready := err == nil || e != nil && e.Code == "OperationNotAllowed"
	if denied == want || want && !ready {
		s.Fatalf("%s of %s: got %v", action, who, err)
	}
}

// sees exactly these subscriptions.
func (s *accessStory) sees(who string, want ...string) {
	s.Helper()
	documents, err := s.clients[who].List(s.ctx, client.SubscriptionsPath)
	if err != nil {
		s.Fatal(err)
	}
	views, err := client.Views[client.Subscription](documents)
	if err != nil {
		s.Fatal(err)
	}
	got := []string{}
	for _, v := range views {
		got = append(got, v.SubscriptionID)
	}
	if !slices.Equal(got, append([]string{}, want...)) {
		s.Fatalf("%s sees %v, want %v", who, got, want)
	}
}

func (s *accessStory) audited(who, method, resource string, status int, code string) {
	s.Helper()
	s.recorded(s.people[who], method, resource, status, code)
}

func (s *accessStory) recorded(principal, method, resource string, status int, code string) {
	s.Helper()
	since := time.Since(s.began) + time.Minute
	for _, r := range s.list("audit", "--since", since.String(), "--principal", principal) {
		at, err := time.Parse(time.RFC3339Nano, r["time"].(string))
		gotCode, _ := r["code"].(string)
		if r["method"] == method && r["resourceId"] == resource && r["status"] == float64(status) && gotCode == code &&
			err == nil && at.After(s.began.Add(-time.Minute)) && r["correlationId"] != "" && r["from"] != "" {
			return
		}
	}
	s.Errorf("the audit log has no %s %s by %s that was answered %d %s", method, resource, principal, status, code)
}
