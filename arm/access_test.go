package arm_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse.dev/identity"
)

const (
	roles   = "/providers/Microsoft.Authorization/roleAssignments"
	rolesV  = "?api-version=2022-04-01"
	ownV    = "?api-version=2026-11-01"
	people  = "/providers/Lotse.Identity/principals"
	first   = "/40000000-0000-0000-0000-000000000001"
	second  = "/40000000-0000-0000-0000-000000000002"
	newbie  = "30000000-0000-0000-0000-0000000000aa"
	unknown = "30000000-0000-0000-0000-0000000000ff"
)

func give(role, principal string) string {
	r, _ := identity.RoleOf(role)
	return `{"properties":{"roleDefinitionId":"` + s1 + `/providers/Microsoft.Authorization/roleDefinitions/` + r.ID +
		`","principalId":"` + principal + `","principalType":"ServicePrincipal"}}`
}

func roleAssignments(t *testing.T, w *world) {
	owner, group := w.token(admin), s1+"/resourceGroups/mine"
	w.want(t, w.do(w.token(stranger), "GET", group+v, ""), 404, "SubscriptionNotFound")
	made := w.want(t, w.do(owner, "PUT", group+roles+first+rolesV, give(identity.Owner, stranger)), 201, "")
	if made.at("properties.principalType") != "ServicePrincipal" || !strings.EqualFold(made.at("properties.scope").(string), group) {
		t.Errorf("got %s", made.body)
	}
	w.want(t, w.do(owner, "PUT", group+roles+first+rolesV, give(identity.Owner, stranger)), 200, "")
	w.want(t, w.do(owner, "PUT", group+roles+second+rolesV, give(identity.Owner, stranger)), 409, "RoleAssignmentExists")
	w.want(t, w.do(owner, "PUT", s1+roles+first+rolesV, give(identity.Owner, stranger)), 400, "RoleAssignmentUpdateNotPermitted")
	w.want(t, w.do(owner, "PUT", group+roles+second+rolesV, give(identity.Owner, unknown)), 400, "PrincipalNotFound")
	w.want(t, w.do(owner, "PUT", group+roles+second+rolesV, give(identity.Reader, anna)), 400, "UnmatchedPrincipalType")
	w.want(t, w.do(owner, "PUT", group+roles+second+rolesV, give("King", stranger)), 404, "RoleDefinitionDoesNotExist")
	w.want(t, w.do(owner, "PUT", group+roles+"/name"+rolesV, give(identity.Reader, stranger)), 400, "InvalidRoleAssignmentId")
	w.want(t, w.do(owner, "PUT", s1+"/resourceGroups/nothing"+roles+second+rolesV, give(identity.Reader, stranger)), 404, "ResourceGroupNotFound")

	new := w.token(stranger)
	w.want(t, w.do(new, "GET", group+v, ""), 200, "")
	w.want(t, w.do(new, "PUT", group+roles+second+rolesV, give(identity.Reader, reader)), 201, "")
	denied := w.want(t, w.do(new, "PUT", s1+roles+"/40000000-0000-0000-0000-000000000003"+rolesV, give(identity.Reader, stranger)), 403, "AuthorizationFailed")
	want := "The client '" + stranger + "' with object id '" + stranger + "' does not have authorization to perform action " +
		"'Microsoft.Authorization/roleAssignments/write' over scope '" + s1 + roles + "/40000000-0000-0000-0000-000000000003' or the scope is " +
		"invalid. If access was recently granted, please refresh your credentials."
	if denied.at("error.message") != want {
		t.Errorf("got  %v\nwant %s", denied.at("error.message"), want)
	}
	w.want(t, w.do(w.token(groupOwner), "PUT", group+roles+"/40000000-0000-0000-0000-000000000003"+rolesV, give(identity.Owner, groupOwner)), 403, "AuthorizationFailed")
	w.want(t, w.do(w.token(groupOwner), "DELETE", group+roles+first+rolesV, ""), 403, "AuthorizationFailed")
	w.want(t, w.do(new, "DELETE", group+roles+"/r-"+admin+rolesV, ""), 204, "") // what was given above is not there at the group
	w.want(t, w.do(owner, "GET", roles+"/r-"+admin+rolesV, ""), 200, "")

	// At the group: the administrator's and the reader's from above, and those of the group's contributor, of the stranger and of the reader.
	for filter, n := range map[string]int{"": 5, "atScope()": 5, "atScope() and assignedTo('" + stranger + "')": 1, "principalId eq '" + reader + "'": 2} {
		a := w.want(t, w.do(owner, "GET", group+roles+rolesV+"&$filter="+url.QueryEscape(filter), ""), 200, "")
		if list := a.at("value").([]any); len(list) != n {
			t.Errorf("%q: got %d: %s", filter, len(list), a.body)
		}
	}
	w.want(t, w.do(owner, "GET", group+roles+rolesV+"&$filter=name", ""), 400, "InvalidFilterInQueryString")
	definitions := "/providers/Microsoft.Authorization/roleDefinitions"
	found := w.want(t, w.do(owner, "GET", group+definitions+rolesV+"&$filter="+url.QueryEscape("roleName eq 'Owner'"), ""), 200, "")
	if found.at("value.0.name") != "8e3af657-a8ff-443c-a75c-2fe8c4bcb635" || found.at("value.0.id") != made.at("properties.roleDefinitionId") {
		t.Errorf("got %s", found.body)
	}
	w.want(t, w.do(owner, "GET", definitions+second+rolesV, ""), 404, "RoleDefinitionDoesNotExist")

	w.want(t, w.do(new, "DELETE", group+roles+first+rolesV, ""), 200, "")
	w.want(t, w.do(new, "GET", group+v, ""), 404, "SubscriptionNotFound")
	w.want(t, w.do(owner, "DELETE", group+roles+first+rolesV, ""), 204, "")
	w.want(t, w.do(owner, "DELETE", group+roles+second+rolesV, ""), 200, "")
	w.want(t, w.do(owner, "GET", group+roles+second+rolesV, ""), 404, "RoleAssignmentNotFound")
	w.want(t, w.do(owner, "DELETE", roles+"/r-"+admin+rolesV, ""), 409, "CannotDeleteLastRbacAdminAssignment")
}

func directory(t *testing.T, w *world) {
	owner, one := w.token(admin), people+"/"+newbie
	w.want(t, w.do(w.token(reader), "GET", people+ownV, ""), 403, "AuthorizationFailed")
	w.want(t, w.do(w.token(reader), "POST", people+"/"+admin+"/addSecret"+ownV, "{}"), 403, "AuthorizationFailed")
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"displayName":"builder","kind":"Robot"}}`), 400, "InvalidParameter")
	w.want(t, w.do(owner, "PUT", people+"/builder"+ownV, `{"properties":{"displayName":"builder","kind":"ServicePrincipal"}}`), 400, "InvalidResourceName")
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"displayName":"builder","kind":"ServicePrincipal"}}`), 201, "")
	w.want(t, w.do(owner, "PUT", people+"/"+unknown+ownV, `{"properties":{"displayName":"b","kind":"User","userName":"ANNA@lotse.local"}}`), 409, "Conflict")
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"kind":"User"}}`), 400, "InvalidParameter")
	w.want(t, w.do(owner, "POST", one+"/addSecret"+ownV, `{"endDateTime":"2001-01-01T00:00:00Z"}`), 400, "InvalidParameter")
	add := func() (id, text string) {
		a := w.want(t, w.do(owner, "POST", one+"/addSecret"+ownV, `{"displayName":"ci"}`), 200, "")
		return a.at("keyId").(string), a.at("secretText").(string)
	}
	oldID, old := add()
	logIn := func(text string) answer {
		return w.form("/adfs/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {newbie}, "client_secret": {text}})
	}
	token := logIn(old).at("access_token").(string)
	newID, next := add()
	list := "/subscriptions?api-version=2019-11-01"
	w.want(t, w.do(token, "GET", list, ""), 200, "")
	shown := w.want(t, w.do(owner, "GET", one+"/secrets"+ownV, ""), 200, "")
	if strings.Contains(string(shown.body), old) || len(shown.at("value").([]any)) != 2 {
		t.Errorf("got %s", shown.body)
	}
	w.want(t, w.do(owner, "DELETE", one+"/secrets/"+oldID+ownV, ""), 200, "")
	if a := w.want(t, w.do(token, "GET", list, ""), 401, "InvalidAuthenticationToken"); !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), `Bearer authorization_uri="https://`) {
		t.Errorf("got %v", a.Header)
	}
	if a := logIn(old); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a removed secret still works: %s", a.body)
	}
	token = logIn(next).at("access_token").(string)
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"enabled":false}}`), 200, "")
	w.want(t, w.do(token, "GET", list, ""), 401, "InvalidAuthenticationToken")
	if a := logIn(next); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a disabled principal can still log in: %s", a.body)
	}
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"enabled":true}}`), 200, "")
	w.want(t, w.do(token, "GET", list, ""), 200, "")
	w.want(t, w.do(owner, "DELETE", one+"/secrets/"+newID+ownV, ""), 200, "")
	w.want(t, w.do(owner, "DELETE", one+ownV, ""), 200, "")
	w.want(t, w.do(owner, "DELETE", one+ownV, ""), 204, "")
	w.want(t, w.do(owner, "GET", one+ownV, ""), 404, "ResourceNotFound")
	w.want(t, w.do(owner, "DELETE", people+"/"+admin+ownV, ""), 409, "CannotDeleteLastRbacAdminAssignment")
	w.want(t, w.do(owner, "PUT", people+"/"+admin+ownV, `{"properties":{"enabled":false}}`), 409, "CannotDeleteLastRbacAdminAssignment")
	w.want(t, w.do("", "GET", list, ""), 401, "AuthenticationFailed")
	w.want(t, w.do("x.y.z", "GET", list, ""), 401, "InvalidAuthenticationToken")
}

func tenants(t *testing.T, w *world) {
	owner, one := w.token(admin), "/providers/Lotse.Subscription/subscriptions/20000000-0000-0000-0000-0000000000aa"
	w.want(t, w.do(w.token(reader), "PUT", one+ownV, `{"properties":{"displayName":"shop"}}`), 403, "AuthorizationFailed")
	w.want(t, w.do(owner, "PUT", one+ownV, `{}`), 400, "InvalidParameter")
	made := w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"displayName":"shop"}}`), 201, "")
	if made.at("properties.tenantId") != tenant || made.at("properties.state") != "Registered" {
		t.Errorf("got %s", made.body)
	}
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"state":"Asleep"}}`), 400, "InvalidParameter")
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"state":"suspended"}}`), 200, "")
	gone := w.want(t, w.do(owner, "DELETE", one+ownV, ""), 202, "")
	w.want(t, w.do(owner, "GET", gone.Header.Get("Location"), ""), 202, "") // no controller runs here
	w.want(t, w.do(owner, "PUT", one+ownV, `{"properties":{"state":"Registered"}}`), 409, "InvalidSubscriptionState")
}

func auditLog(t *testing.T, w *world) {
	files, _ := filepath.Glob(filepath.Join(w.audit, "*", "*.jsonl"))
	log := ""
	for _, f := range files {
		content, err := os.ReadFile(f)
		must(t, err)
		log += string(content)
	}
	for _, part := range []string{
		`"method":"PUT"`, `"code":"AuthorizationFailed"`, `"principal":"` + admin + `"`, `"action":"Microsoft.ContainerService/managedClusters/write"`,
		`"stage":"received"`, `"apiVersion":"2025-02-01"`, `listClusterAdminCredential/action"`, `"claimed":"anna@lotse.local"`, `"status":401`,
	} {
		if !strings.Contains(log, part) {
			t.Errorf("the audit log has no %s", part)
		}
	}
	if strings.Contains(log, secret) || strings.Contains(log, `"method":"`+http.MethodGet) {
		t.Errorf("the audit log has what it must not have")
	}
	owner := w.token(admin)
	all := w.want(t, w.do(owner, "GET", "/providers/Lotse.Audit/records"+ownV+"&$top=3", ""), 200, "")
	if n := len(all.at("value").([]any)); n != 3 {
		t.Errorf("got %d records", n)
	}
	w.want(t, w.do(w.token(reader), "GET", "/providers/Lotse.Audit/records"+ownV, ""), 403, "AuthorizationFailed")
	mine := w.want(t, w.do(w.token(reader), "GET", s1+"/providers/Lotse.Audit/records"+ownV+"&principal="+groupOwner, ""), 200, "")
	if len(mine.at("value").([]any)) == 0 || strings.Contains(string(mine.body), sub2) {
		t.Errorf("got %s", mine.body)
	}
	w.want(t, w.do(owner, "GET", "/providers/Lotse.Audit/records"+ownV+"&since=yesterday", ""), 400, "InvalidParameter")
	w.want(t, w.do(w.token(groupOwner), "PUT", "/subscriptions//"+sub1+"//resourceGroups/hidden"+v, groupBody), 403, "AuthorizationFailed")
	hidden := w.want(t, w.do(w.token(reader), "GET", s1+"/providers/Lotse.Audit/records"+ownV+"&$top=1&principal="+groupOwner, ""), 200, "")
	if got := hidden.at("value.0.resourceId"); got != s1+"/resourceGroups/hidden" {
		t.Errorf("a path with empty segments is recorded as %v", got)
	}
}
