package identity

import (
	"testing"

	"lotse.dev/api/v1alpha1"
)

const (
	sub    = "/subscriptions/11111111-1111-1111-1111-111111111111"
	group  = sub + "/resourceGroups/rg1"
	mc     = group + "/providers/Microsoft.ContainerService/managedClusters/c1"
	mcType = "Microsoft.ContainerService/managedClusters"
)

func assigned(role, scope string) []v1alpha1.RoleAssignment {
	return []v1alpha1.RoleAssignment{{Spec: v1alpha1.RoleAssignmentSpec{Principal: "anna", Role: role, Scope: scope}}}
}

func TestAllowed(t *testing.T) {
	for sentence, c := range map[string]struct {
		role, at, action, scope string
		want                    bool
	}{
		"an Owner of everything may do anything anywhere":              {Owner, "/", mcType + "/delete", mc, true},
		"an Owner of a group may write in it":                          {Owner, group, mcType + "/write", mc, true},
		"an Owner of a group may not write in its subscription":        {Owner, group, "Microsoft.Resources/subscriptions/resourceGroups/write", sub + "/resourceGroups/rg2", false},
		"a group whose name begins alike is another group":             {Owner, group, mcType + "/write", sub + "/resourceGroups/rg11/x", false},
		"case of scopes does not matter":                               {Owner, "/SUBSCRIPTIONS/11111111-1111-1111-1111-111111111111/resourcegroups/RG1/", mcType + "/write", mc, true},
		"a Contributor may write clusters":                             {Contributor, sub, mcType + "/write", mc, true},
		"a Contributor may not give roles":                             {Contributor, sub, "Microsoft.Authorization/roleAssignments/write", mc, false},
		"a Contributor may read who has which role":                    {Contributor, sub, "Microsoft.Authorization/roleAssignments/read", mc, true},
		"a Reader may read":                                            {Reader, sub, mcType + "/read", mc, true},
		"a Reader may not write":                                       {Reader, sub, mcType + "/write", mc, false},
		"a Reader may not list credentials, because those are actions": {Reader, "/", mcType + "/listClusterUserCredential/action", mc, false},
		"the cluster user role lists user credentials":                 {ClusterUser, mc, mcType + "/listClusterUserCredential/action", mc, true},
		"the cluster user role does not list admin credentials":        {ClusterUser, mc, mcType + "/listClusterAdminCredential/action", mc, false},
		"the cluster admin role lists admin credentials":               {ClusterAdmin, mc, mcType + "/listClusterAdminCredential/action", mc, true},
		"a Contributor may not take roles away":                        {Contributor, "/", "Microsoft.Authorization/roleAssignments/delete", mc, false},
		"a Contributor to everything may not become another principal": {Contributor, "/", "Lotse.Identity/principals/addSecret/action", "/", false},
		"a Contributor may list admin credentials, as in Azure":        {Contributor, sub, mcType + "/listClusterAdminCredential/action", mc, true},
		"an Owner of a group may give roles in it":                     {Owner, group, "Microsoft.Authorization/roleAssignments/write", group + "/providers/Microsoft.Authorization/roleAssignments/x", true},
		"an Owner of a group may not give roles in its subscription":   {Owner, group, "Microsoft.Authorization/roleAssignments/write", sub + "/providers/Microsoft.Authorization/roleAssignments/x", false},
		"an Owner of a cluster may not give roles in its group":        {Owner, mc, "Microsoft.Authorization/roleAssignments/write", group + "/providers/Microsoft.Authorization/roleAssignments/x", false},
		"an Owner of a subscription may not write principals":          {Owner, sub, "Lotse.Identity/principals/write", "/", false},
		"the cluster user role does not write clusters":                {ClusterUser, mc, mcType + "/write", mc, false},
		"the cluster user role does not read pools":                    {ClusterUser, mc, mcType + "/agentPools/read", mc + "/agentPools/p", false},
		"the cluster user role of one cluster is nothing at another":   {ClusterUser, mc, mcType + "/listClusterUserCredential/action", mc + "2", false},
		"an undefined role permits nothing":                            {"King", "/", mcType + "/read", mc, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Allowed(assigned(c.role, c.at), "Anna", c.action, c.scope); got != c.want {
				t.Errorf("got %v", got)
			}
			if Allowed(assigned(c.role, c.at), "berta", c.action, c.scope) {
				t.Errorf("another principal is allowed too")
			}
		})
	}
}

func TestSees(t *testing.T) {
	for sentence, c := range map[string]struct {
		at, scope string
		want      bool
	}{
		"a role at the subscription shows it":             {sub, sub, true},
		"a role below the subscription shows it":          {mc, sub, true},
		"a role above the subscription shows it":          {"/", sub, true},
		"a role in another subscription does not show it": {"/subscriptions/2", sub, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Sees(assigned(Reader, c.at), "anna", c.scope); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAPrincipalWithoutANameHasNoRole(t *testing.T) {
	if Allowed([]v1alpha1.RoleAssignment{{Spec: v1alpha1.RoleAssignmentSpec{Role: Owner, Scope: "/"}}}, "", "x/read", "/") {
		t.Error("an assignment without a principal permits a caller without a name")
	}
}
