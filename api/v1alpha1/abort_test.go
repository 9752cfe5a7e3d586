package v1alpha1

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAborted(t *testing.T) {
	now := metav1.Now()
	for sentence, c := range map[string]struct {
		change  func(*AgentPool)
		aborted bool
		state   string
	}{
		"an operation runs until it is aborted":                    {func(*AgentPool) {}, false, Scaling},
		"one that is to be aborted is canceling":                   {func(p *AgentPool) { SetAbort(p) }, true, Canceling},
		"so is one that no controller has seen":                    {func(p *AgentPool) { p.Status.Operations = nil; SetAbort(p) }, true, Canceling},
		"one that was aborted is canceled":                         {func(p *AgentPool) { SetAbort(p); p.Status.Operations[0].State = Canceled }, true, string(Canceled)},
		"one that had succeeded before is not":                     {func(p *AgentPool) { SetAbort(p); p.Status.Operations[0].State = Succeeded }, false, string(Succeeded)},
		"the next operation is another one":                        {func(p *AgentPool) { SetAbort(p); p.Generation++ }, false, Updating},
		"a deletion is not aborted":                                {func(p *AgentPool) { SetAbort(p); p.DeletionTimestamp = &now }, false, Deleting},
		"an annotation that cannot be read aborts nothing":         {func(p *AgentPool) { p.Annotations[AnnotationAbort] = "now" }, false, Scaling},
		"an annotation of an older generation aborts nothing more": {func(p *AgentPool) { p.Annotations[AnnotationAbort] = "3" }, false, Scaling},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := &AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 4, Annotations: map[string]string{AnnotationVerb: "Scaling@4"}}}
			p.Status.Operations = []Operation{{Generation: 4, Verb: Scaling, State: InProgress}}
			c.change(p)
			if p.Status.Operations != nil && p.Status.Operations[0].State != InProgress {
				p.Status.ObservedGeneration = 4
			}
			if got := Aborted(p); got != c.aborted || ProvisioningState(p) != c.state {
				t.Errorf("aborted %t, %s; want %t, %s", got, ProvisioningState(p), c.aborted, c.state)
			}
		})
	}
}

func TestDraining(t *testing.T) {
	now := metav1.Now()
	for sentence, c := range map[string]struct {
		change func(*Machine)
		want   string
	}{
		"a machine that goes says what it waits for":      {func(m *Machine) { m.DeletionTimestamp = &now }, "a budget"},
		"so does one that is to stop":                     {func(m *Machine) { m.Spec.PowerState = Stopped }, "a budget"},
		"one that is to run again waits for none of that": {func(*Machine) {}, ""},
		"one that is drained waits for nothing": {
			func(m *Machine) { m.DeletionTimestamp = &now; m.Status.Conditions[0].Status = metav1.ConditionTrue }, "",
		},
		"one that has not begun to drain waits for nothing": {func(m *Machine) { m.DeletionTimestamp = &now; m.Status.Conditions = nil }, ""},
	} {
		m := &Machine{}
		m.Status.Conditions = []metav1.Condition{{Type: MachineDrained, Status: metav1.ConditionFalse, Message: "a budget"}}
		c.change(m)
		if got := m.Draining(); got != c.want {
			t.Errorf("%s: got %q, want %q", sentence, got, c.want)
		}
	}
}
