package admission

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
)

func TestCommand(t *testing.T) {
	machine := func(ready metav1.ConditionStatus) v1alpha1.Machine {
		return v1alpha1.Machine{Status: v1alpha1.MachineStatus{Conditions: []metav1.Condition{{Type: v1alpha1.MachineReady, Status: ready}}}}
	}
	ending := machine(metav1.ConditionTrue)
	ending.DeletionTimestamp = &metav1.Time{}
	ready, not := machine(metav1.ConditionTrue), machine(metav1.ConditionFalse)
	for sentence, c := range map[string]struct {
		change   func(*v1alpha1.ManagedCluster)
		machines []v1alpha1.Machine
		refusal  string
	}{
		"one node that is Ready is enough":               {nil, []v1alpha1.Machine{not, ready}, ""},
		"a cluster without nodes runs no command":        {nil, nil, "has none of its 0"},
		"a node that is not Ready runs no command":       {nil, []v1alpha1.Machine{not}, "has none of its 1"},
		"a machine that is being deleted is no node":     {nil, []v1alpha1.Machine{ending}, "needs a node that is Ready"},
		"a stopped cluster runs no command":              {func(c *v1alpha1.ManagedCluster) { c.Status.PowerState = v1alpha1.Stopped }, []v1alpha1.Machine{ready}, "Power State(Stopped)"},
		"a cluster that is deleted runs no command":      {func(c *v1alpha1.ManagedCluster) { c.DeletionTimestamp = &metav1.Time{} }, []v1alpha1.Machine{ready}, "since deletion was issued"},
		"a cluster that is being changed runs a command": {func(c *v1alpha1.ManagedCluster) { c.Generation = 7 }, []v1alpha1.Machine{ready}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			present := state.Cluster{Object: &v1alpha1.ManagedCluster{}}
			if c.change != nil {
				c.change(present.Object)
			}
			err := Command(present, c.machines)
			if c.refusal == "" && err != nil || c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)) {
				t.Errorf("got %v", err)
			}
		})
	}
}
