package authorization

import (
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/identity"
)

// decide whether a role may be assigned under a name. There is at most one assignment for a principal, a role and a scope, and these never
// change. It returns the present assignment if it is the same.
func decide(have []v1alpha1.RoleAssignment, name string, want v1alpha1.RoleAssignmentSpec) (*v1alpha1.RoleAssignment, error) {
	for i, a := range have {
		same := strings.EqualFold(a.Spec.Principal, want.Principal) && a.Spec.Role == want.Role && sameScope(a.Spec.Scope, want.Scope)
		switch named := strings.EqualFold(a.Name, name); {
		case named && same:
			return &have[i], nil
		case named:
			return nil, fault.New(fault.RoleAssignmentUpdateNotPermitted,
				"Tenant ID, application ID, principal ID, and scope are not allowed to be updated. Delete the role assignment, or choose another name.")
		case same:
			return nil, fault.New(fault.RoleAssignmentExists, "The role assignment already exists. The ID of the existing role assignment is %s.", a.Name)
		}
	}
	return nil, nil
}

func sameScope(a, b string) bool { return identity.Within(a, b) && identity.Within(b, a) }

// shown reports whether a list at the scope has the assignment: those at the scope and above it, which hold there too, and those below
// unless the caller asks for none.
func shown(a v1alpha1.RoleAssignment, scope string, f conditions) bool {
	inherited := identity.Within(scope, a.Spec.Scope)
	below := identity.Within(a.Spec.Scope, scope) && !f.has("atscope")
	return (inherited || below) && f.equal("principalid", a.Spec.Principal) && f.equal("assignedto", a.Spec.Principal)
}
