package rollout

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestOf(t *testing.T) {
	long := start.Add(-48 * time.Hour)
	for sentence, c := range map[string]struct {
		image              string
		reimages, observed int64 // the machine's generation is 2
		ready              metav1.ConditionStatus
		joined             bool // is enough
		drain              bool
		wantReady          bool
		wantDrained        bool
		wantSince          time.Time
	}{
		"a machine with another image is Ready as it was last seen": {"node:1", 0, 1, metav1.ConditionTrue, false, false, true, false, long},
		"one that was just replaced is not, from now on":            {"node:2", 1, 1, metav1.ConditionTrue, false, false, false, false, start},
		"one that was seen since is":                                {"node:2", 1, 2, metav1.ConditionTrue, false, false, true, false, long},
		"one that is not Ready is not, for as long as that is so":   {"node:2", 1, 2, metav1.ConditionFalse, false, false, false, false, long},
		"where the customer brings the network, joining is enough":  {"node:2", 1, 2, metav1.ConditionFalse, true, false, true, false, long},
		"a drain that ended before it was asked for does not count": {"node:1", 0, 1, metav1.ConditionTrue, false, true, true, false, long},
		"one that ended since does":                                 {"node:1", 0, 2, metav1.ConditionTrue, false, true, true, true, long},
		"nor does one that nobody asks for":                         {"node:1", 0, 2, metav1.ConditionTrue, false, false, true, false, long},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Generation: 2, CreationTimestamp: metav1.NewTime(long)}}
			m.Spec.Model.Image, m.Spec.Reimages = c.image, c.reimages
			if c.drain {
				m.Spec.Drain = &v1alpha1.Drain{}
			}
			for kind, status := range map[string]metav1.ConditionStatus{
				v1alpha1.MachineReady: c.ready, v1alpha1.MachineRegistered: metav1.ConditionTrue, v1alpha1.MachineDrained: metav1.ConditionTrue,
			} {
				m.Status.Conditions = append(m.Status.Conditions, metav1.Condition{
					Type: kind, Status: status, ObservedGeneration: c.observed, LastTransitionTime: metav1.NewTime(long),
				})
			}
			w := Wanted{Pool: &v1alpha1.AgentPool{}, Model: v1alpha1.MachineModel{Image: "node:2"}, Count: 1, JoinedIsReady: c.joined}
			got := Of(w, []v1alpha1.Machine{m}, start).Machines[0]
			if got.Ready != c.wantReady || got.Drained != c.wantDrained || !got.Since.Equal(c.wantSince) || got.Current != (c.image == "node:2") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAPoolThatDoesNotRunIsNotRolledOut(t *testing.T) {
	deleted := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 1, DeletionTimestamp: &metav1.Time{Time: start}}}
	stopped, ended := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 1}}, &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	stopped.Spec.ClusterPowerState = v1alpha1.Stopped
	ended.Status.Operations = []v1alpha1.Operation{{Generation: 1, State: v1alpha1.Canceled}}
	running := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	for pool, want := range map[*v1alpha1.AgentPool]bool{nil: false, deleted: false, stopped: false, ended: false, running: true} {
		if got := Of(Wanted{Pool: pool}, nil, start).Active; got != want {
			t.Errorf("pool %+v is rolled out: %t", pool, got)
		}
	}
	m := v1alpha1.Machine{Spec: v1alpha1.MachineSpec{PowerState: v1alpha1.Stopped}}
	if got := Of(Wanted{Pool: running}, []v1alpha1.Machine{m}, start).Machines; len(got) > 0 {
		t.Errorf("a stopped machine is part of it: %+v", got)
	}
}
