package authorization

import (
	"net/http"
	"strings"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

type permission struct {
	Actions        []string `json:"actions"`
	NotActions     []string `json:"notActions"`
	DataActions    []string `json:"dataActions"`
	NotDataActions []string `json:"notDataActions"`
}

type definitionProperties struct {
	RoleName         string       `json:"roleName"`
	Type             string       `json:"type"`
	Description      string       `json:"description"`
	AssignableScopes []string     `json:"assignableScopes"`
	Permissions      []permission `json:"permissions"`
}

type definitionBody struct {
	ID         string               `json:"id"`
	Name       string               `json:"name"`
	Type       string               `json:"type"`
	Properties definitionProperties `json:"properties"`
}

func definitionID(subscription string, role identity.Role) string {
	scope := ""
	if subscription != "" {
		scope = "/subscriptions/" + subscription
	}
	return scope + "/providers/" + definitionType + "/" + role.ID
}

func definitionOf(role identity.Role, subscription string) definitionBody {
	return definitionBody{
		ID: definitionID(subscription, role), Name: role.ID, Type: definitionType,
		Properties: definitionProperties{
			RoleName: role.Name, Type: "BuiltInRole", Description: role.Description, AssignableScopes: []string{"/"},
			Permissions: []permission{{
				Actions: append([]string{}, role.Actions...), NotActions: append([]string{}, role.NotActions...),
				DataActions: []string{}, NotDataActions: []string{},
			}},
		},
	}
}

func (a *Authorization) listDefinitions(w http.ResponseWriter, r *route.Request) error {
	f, err := parseFilter(route.Query(r.Request, "$filter"), "roleName", "type", "atScopeAndBelow()")
	if err != nil {
		return err
	}
	bodies := []definitionBody{}
	for _, role := range identity.Roles() {
		if f.equal("rolename", role.Name) && f.equal("type", "BuiltInRole") {
			bodies = append(bodies, definitionOf(role, r.SubscriptionID()))
		}
	}
	return route.JSON(w, http.StatusOK, paging.List[definitionBody]{Value: bodies})
}

func (a *Authorization) getDefinition(w http.ResponseWriter, r *route.Request) error {
	role, ok := identity.RoleOf(r.Param("name"))
	if !ok || !strings.EqualFold(role.ID, r.Param("name")) {
		return fault.New(fault.RoleDefinitionDoesNotExist, "The specified role definition with ID '%s' does not exist.", r.Param("name"))
	}
	return route.JSON(w, http.StatusOK, definitionOf(role, r.SubscriptionID()))
}
