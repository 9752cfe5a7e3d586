package authorization

import (
	"net/http"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/identity"
)

type assignmentProperties struct {
	RoleDefinitionID string    `json:"roleDefinitionId"`
	PrincipalID      string    `json:"principalId"`
	PrincipalType    string    `json:"principalType,omitempty"`
	Scope            string    `json:"scope"`
	Description      string    `json:"description,omitempty"`
	CreatedOn        time.Time `json:"createdOn"`
	UpdatedOn        time.Time `json:"updatedOn"`
	CreatedBy        string    `json:"createdBy"`
	UpdatedBy        string    `json:"updatedBy"`
}

type assignmentBody struct {
	ID         string               `json:"id"`
	Name       string               `json:"name"`
	Type       string               `json:"type"`
	Properties assignmentProperties `json:"properties"`
}

// assignmentOf shows an assignment. IDs of role definitions are below the subscription of the request, as in Azure: clients compare them with
// those of the list of definitions.
func assignmentOf(a v1alpha1.RoleAssignment, subscription, principalType string) assignmentBody {
	role, _ := identity.RoleOf(a.Spec.Role)
	created := a.CreationTimestamp.UTC()
	return assignmentBody{
		ID: strings.TrimSuffix(a.Spec.Scope, "/") + "/providers/" + assignmentType + "/" + a.Name, Name: a.Name, Type: assignmentType,
		Properties: assignmentProperties{
			RoleDefinitionID: definitionID(subscription, role), PrincipalID: a.Spec.Principal, PrincipalType: principalType,
			Scope: a.Spec.Scope, Description: a.Spec.Description,
			CreatedOn: created, UpdatedOn: created, CreatedBy: a.Spec.CreatedBy, UpdatedBy: a.Spec.CreatedBy,
		},
	}
}

// wanted assignment.
type wanted struct {
	role                              identity.Role
	principal, principalType, comment string
}

func readAssignment(r *http.Request) (wanted, error) {
	o, err := body.Read(r, nil)
	if err != nil {
		return wanted{}, err
	}
	for _, name := range []string{"id", "name", "type"} {
		o.String(name) // clients repeat what the path says
	}
	p, w := o.Object("properties"), wanted{}
	definition, _ := p.String("roleDefinitionId")
	w.principal, _ = p.String("principalId")
	w.principalType, _ = p.String("principalType")
	w.comment, _ = p.String("description")
	for _, name := range []string{"scope", "createdOn", "updatedOn", "createdBy", "updatedBy"} {
		p.String(name) // sent back as they were read
	}
	for _, name := range []string{"condition", "conditionVersion", "delegatedManagedIdentityResourceId", "canDelegate"} {
		if p != nil {
			p.Fixed(name, "")
		}
	}
	_ = p.Finish()
	if err := o.Finish(); err != nil {
		return w, err
	}
	switch {
	case definition == "":
		return w, required("properties.roleDefinitionId")
	case w.principal == "":
		return w, required("properties.principalId")
	}
	role, ok := identity.RoleOf(definition[strings.LastIndex(definition, "/")+1:])
	if !ok || !strings.EqualFold(role.ID, definition[strings.LastIndex(definition, "/")+1:]) {
		return w, fault.New(fault.RoleDefinitionDoesNotExist, "The specified role definition with ID '%s' does not exist. "+
			"List the existing ones at .../providers/%s.", definition, definitionType).At("properties.roleDefinitionId")
	}
	w.role = role
	return w, nil
}

func required(target string) error {
	return fault.New(fault.InvalidParameter, "The property %s is required.", target).At(target)
}
