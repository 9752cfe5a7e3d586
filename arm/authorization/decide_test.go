package authorization

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/identity"
)

const (
	sub = "/subscriptions/11111111-1111-1111-1111-111111111111"
	rg  = sub + "/resourceGroups/rg1"
	mc  = rg + "/providers/Microsoft.ContainerService/managedClusters/c1"
)

func assignment(name, principal, role, scope string) v1alpha1.RoleAssignment {
	return v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.RoleAssignmentSpec{Principal: principal, Role: role, Scope: scope}}
}

func TestDecide(t *testing.T) {
	have := []v1alpha1.RoleAssignment{assignment("a", "anna", identity.Reader, rg), assignment("b", "berta", identity.Owner, sub)}
	for sentence, c := range map[string]struct {
		name  string
		want  v1alpha1.RoleAssignment
		found string
		kind  fault.Kind
	}{
		"a role that the principal does not have is assigned":   {"c", assignment("", "anna", identity.Owner, rg), "", ""},
		"the same role at another scope is another":             {"c", assignment("", "anna", identity.Reader, sub), "", ""},
		"writing an assignment again changes nothing":           {"A", assignment("", "ANNA", identity.Reader, "/SUBSCRIPTIONS"+rg[14:]), "a", ""},
		"the same under another name is there already":          {"c", assignment("", "anna", identity.Reader, rg), "", fault.RoleAssignmentExists},
		"an assignment cannot move to another principal":        {"a", assignment("", "berta", identity.Reader, rg), "", fault.RoleAssignmentUpdateNotPermitted},
		"an assignment cannot become a stronger one":            {"a", assignment("", "anna", identity.Owner, rg), "", fault.RoleAssignmentUpdateNotPermitted},
		"an assignment's name is good for one scope, not below": {"b", assignment("", "berta", identity.Owner, rg), "", fault.RoleAssignmentUpdateNotPermitted},
	} {
		t.Run(sentence, func(t *testing.T) {
			found, err := decide(have, c.name, c.want.Spec)
			if (err != nil) != (c.kind != "") || err != nil && fault.Of(err).Kind != c.kind {
				t.Fatalf("got %v", err)
			}
			if (found != nil) != (c.found != "") || found != nil && found.Name != c.found {
				t.Errorf("got %+v", found)
			}
		})
	}
}

func TestShown(t *testing.T) {
	for sentence, c := range map[string]struct {
		at, list, filter string
		want             bool
	}{
		"a role at the scope is shown":                             {rg, rg, "", true},
		"a role above is shown, because it holds here":             {"/", rg, "", true},
		"a role below is shown":                                    {mc, rg, "", true},
		"atScope leaves out what is below":                         {mc, rg, "atScope()", false},
		"atScope keeps what is above":                              {sub, rg, "atScope()", true},
		"a role beside is not shown":                               {sub + "/resourceGroups/rg2", rg, "", false},
		"principalId picks one principal":                          {rg, rg, "principalId eq 'ANNA'", true},
		"principalId leaves out the others":                        {rg, rg, "principalId eq 'berta'", false},
		"assignedTo may be joined with atScope":                    {rg, rg, "atScope() and assignedTo('anna')", true},
		"assignedTo and atScope leave out other principals":        {rg, rg, "atScope() and assignedTo('berta')", false},
		"assignedTo leaves out what is below if it is joined with": {mc, rg, "assignedTo('anna') and atScope()", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			f, err := parseFilter(c.filter, assignmentFilters...)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(assignment("x", "anna", identity.Reader, c.at), c.list, f); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestFiltersThatAreNotUnderstood(t *testing.T) {
	for _, filter := range []string{"atScope", "atScope() and ", "principalId ne 'a'", "name eq 'x'", "atScope() or atScope()", "assignedTo('a", "'"} {
		if _, err := parseFilter(filter, assignmentFilters...); err == nil {
			t.Errorf("%q was accepted", filter)
		}
	}
}
