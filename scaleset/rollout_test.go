package scaleset

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/rollout"
)

var now = time.Unix(1_000_000, 0)

func oldImage(m *v1alpha1.Machine) { m.Spec.Model.Image = "node:1" }
func newImage(m *v1alpha1.Machine) { m.Spec.Model.Image = "node:2" }
func surging(m *v1alpha1.Machine)  { m.Spec.Surge, m.Spec.Model.Image = true, "node:2" }
func isDraining(m *v1alpha1.Machine) {
	m.Spec.Drain = &v1alpha1.Drain{Rollout: 3, Since: metav1.NewTime(now)}
}
func isDrained(m *v1alpha1.Machine) {
	isDraining(m)
	m.Status.Conditions = append(m.Status.Conditions, metav1.Condition{Type: v1alpha1.MachineDrained, Status: metav1.ConditionTrue})
}

// changes of a plan, each in a word.
func changes(p Plan) (all []string) {
	for _, i := range p.Create {
		all = append(all, fmt.Sprint("create ", i))
	}
	for _, i := range p.Surge {
		all = append(all, fmt.Sprint("surge ", i))
	}
	for _, m := range p.Delete {
		all = append(all, fmt.Sprint("delete ", m.Spec.Instance))
	}
	for _, m := range p.Update {
		all = append(all, fmt.Sprintf("%d has %s of disk %d, drain %t", m.Spec.Instance, m.Spec.Model.Image, m.Spec.Reimages, m.Spec.Drain != nil))
	}
	return all
}

func TestRolloutInASet(t *testing.T) {
	for sentence, c := range map[string]struct {
		over     bool
		power    v1alpha1.PowerState
		machines []v1alpha1.Machine
		want     []string
	}{
		"another image begins with a surge machine of a new ID": {
			machines: []v1alpha1.Machine{made(0), made(1)}, want: []string{"surge 2"},
		},
		"a surge machine is no surplus": {
			machines: []v1alpha1.Machine{made(0), made(1), made(2, surging, notReady)},
		},
		"a node is drained when the surge machine is Ready": {
			machines: []v1alpha1.Machine{made(0), made(1), made(2, surging)}, want: []string{"0 has node:1 of disk 0, drain true"},
		},
		"a drained machine gets the model and another disk in one write": {
			machines: []v1alpha1.Machine{made(0, isDrained), made(1), made(2, surging)}, want: []string{"0 has node:2 of disk 1, drain false"},
		},
		"the surge machine is deleted in the end": {
			machines: []v1alpha1.Machine{made(0, newImage), made(1, newImage), made(2, surging)}, want: []string{"delete 2"},
		},
		"a missing machine is made before anything is drained": {
			machines: []v1alpha1.Machine{made(1), made(2, surging)}, want: []string{"create 3"},
		},
		"what an operation that has ended left is taken back": {
			over: true, machines: []v1alpha1.Machine{made(0, isDraining), made(1), made(2, surging)},
			want: []string{"delete 2", "0 has node:1 of disk 0, drain false"},
		},
		"machines that are stopped get another image at once": {
			power: v1alpha1.Stopped, machines: []v1alpha1.Machine{made(0, halted, oldImage), made(1, halted, oldImage)},
			want: []string{"1 has node:2 of disk 1, drain false", "0 has node:2 of disk 1, drain false"},
		},
		"a set that starts brings the other image with it": {
			machines: []v1alpha1.Machine{made(0, halted), made(1, halted, oldImage)},
			want:     []string{"1 has node:2 of disk 1, drain false", "0 has node:2 of disk 0, drain false"},
		},
		"a set that stops gives up its surge": {
			power: v1alpha1.Stopped, machines: []v1alpha1.Machine{made(0, halted), made(1, halted), made(2, surging)},
			want: []string{"delete 2"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			set := &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{Capacity: 2, Model: model(), PowerState: c.power}}
			pool := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
			pool.Spec.PowerState = c.power
			if c.over {
				pool.Status.Operations = []v1alpha1.Operation{{Generation: 3, State: v1alpha1.Failed}}
			}
			f := Facts{Set: set, Machines: c.machines}
			f.Rollout = rollout.Of(rollout.Wanted{Pool: pool, Model: set.Spec.Model, Count: 2}, c.machines, now)
			if got := changes(Decide(f)); !slices.Equal(got, c.want) {
				t.Errorf("the plan is %q, want %q", got, c.want)
			}
		})
	}
}

func TestARolloutThatEndsOfItselfIsWokenByThePool(t *testing.T) {
	before := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
	ended := before.DeepCopy()
	ended.Status.Operations = []v1alpha1.Operation{{Generation: 3, State: v1alpha1.Failed}}
	if !operationTurned.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: ended}) || operationTurned.Update(event.UpdateEvent{ObjectOld: ended, ObjectNew: ended}) {
		t.Error("the end of an operation passes, and nothing else does")
	}
}
