package authorization

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// since is the oldest api-version that is supported; the newest that clients know is 2022-04-01.
const since = "2015-07-01"

const (
	namespace      = "Microsoft.Authorization"
	assignmentType = namespace + "/roleAssignments"
	definitionType = namespace + "/roleDefinitions"

	subscription = "/subscriptions/{subscription}"
	group        = subscription + "/resourceGroups/{group}"
	resource     = group + "/providers/{namespace}/{type}/{resource}"
)

// scopes that roles are given at.
var scopes = []string{"", subscription, group, resource}

// Authorization serves the routes of this package.
type Authorization struct {
	client client.Client
	guard  *identity.Guard
}

// New authorization. The client must not read from a cache: a read sees the write before it.
func New(c client.Client, guard *identity.Guard) *Authorization {
	return &Authorization{client: c, guard: guard}
}

// apiVersions of both types, the newest first.
var apiVersions = []string{"2022-04-01", "2015-07-01"}

// Registration of Microsoft.Authorization.
func (a *Authorization) Registration() provider.Registration {
	return provider.Registration{
		Namespace: namespace, Routes: a.routes(),
		Types: []provider.Type{{Name: "roleAssignments", Versions: apiVersions}, {Name: "roleDefinitions", Versions: apiVersions}},
	}
}

// routes at every scope.
func (a *Authorization) routes() route.Table {
	var table route.Table
	for _, scope := range scopes {
		assignments, definitions := scope+"/providers/"+assignmentType, scope+"/providers/"+definitionType
		r := func(method, pattern, action string, h route.Handler) route.Route {
			return route.Route{Method: method, Pattern: pattern, Action: action, Since: since, Handle: h}
		}
		table = append(table,
			r(http.MethodGet, assignments, assignmentType+"/read", a.listAssignments),
			r(http.MethodGet, assignments+"/{name}", assignmentType+"/read", a.getAssignment),
			r(http.MethodPut, assignments+"/{name}", assignmentType+"/write", a.putAssignment),
			r(http.MethodDelete, assignments+"/{name}", assignmentType+"/delete", a.deleteAssignment),
			r(http.MethodGet, definitions, definitionType+"/read", a.listDefinitions),
			r(http.MethodGet, definitions+"/{name}", definitionType+"/read", a.getDefinition),
		)
	}
	return table
}
