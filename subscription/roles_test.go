package subscription

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
)

func TestSubject(t *testing.T) {
	group := v1alpha1.ResourceGroupID(id, "rg")
	cluster := v1alpha1.ManagedClusterID(id, "rg", "c")
	for sentence, c := range map[string]struct{ scope, want string }{
		"everything is no object":                 {"/", "<nil> /"},
		"a subscription is one":                   {"/Subscriptions/" + id, "*v1alpha1.Subscription /" + id},
		"a group is one, in any case":             {group, "*v1alpha1.ResourceGroup sub-" + id + "/" + v1alpha1.ObjectName(group)},
		"a cluster is one":                        {cluster, "*v1alpha1.ManagedCluster sub-" + id + "/" + v1alpha1.ObjectName(cluster)},
		"a kind that Lotse does not have is none": {group + "/providers/Microsoft.Web/sites/x", "<nil> /"},
		"a scope that is cut short is none":       {"/subscriptions", "<nil> /"},
		"a management group is none that we have": {"/providers/Microsoft.Management/managementGroups/x", "<nil> /"},
	} {
		t.Run(sentence, func(t *testing.T) {
			o, key := subject(c.scope)
			if got := fmt.Sprintf("%T %s", o, key); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOrphaned(t *testing.T) {
	for sentence, c := range map[string]struct {
		made, there string
		exists      bool
		want        bool
	}{
		"a role at an object that exists stays":             {"a", "a", true, false},
		"a role at an object that is gone ends":             {"a", "", false, true},
		"a role does not hold for a later one of that name": {"a", "b", true, true},
		"an object without a UID is not the one assigned":   {"a", "", true, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := orphaned(types.UID(c.made), types.UID(c.there), c.exists); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
