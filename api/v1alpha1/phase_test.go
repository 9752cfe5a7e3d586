package v1alpha1

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPhaseOfAMachine(t *testing.T) {
	for sentence, c := range map[string]struct {
		conditions []string // that are True
		deleting   bool
		want       string
	}{
		"a machine of which nothing is known is Pending":      {nil, false, PhasePending},
		"a machine that its provider runs is Running":         {[]string{MachineRunning}, false, PhaseRunning},
		"a machine that joined its cluster is Registered":     {[]string{MachineRunning, MachineRegistered}, false, PhaseRegistered},
		"a machine whose node is Ready is Ready":              {[]string{MachineRunning, MachineRegistered, MachineReady}, false, PhaseReady},
		"a machine that is being deleted is so whatever else": {[]string{MachineRunning, MachineRegistered, MachineReady}, true, PhaseDeleting},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := &Machine{}
			for _, condition := range c.conditions {
				m.Status.Conditions = append(m.Status.Conditions, metav1.Condition{Type: condition, Status: metav1.ConditionTrue})
			}
			if c.deleting {
				now := metav1.Now()
				m.DeletionTimestamp = &now
			}
			if got := m.Phase(); got != c.want {
				t.Errorf("phase %s, want %s", got, c.want)
			}
		})
	}
}
