package rollout

import (
	"strings"
	"testing"
	"time"
)

func waits(text string) func(*Machine) { return func(m *Machine) { m.Waits = text } }

func unschedulable(m *Machine) { m.Unschedulable = true }

func TestOutcome(t *testing.T) {
	one, cordoning := Settings{Surge: 1, DrainTimeout: 30 * minute}, Settings{Surge: 1, DrainTimeout: 30 * minute, Quarantine: true}
	budget := waits("waiting for PodDisruptionBudget default/web")
	for sentence, c := range map[string]struct {
		settings Settings
		over     bool
		machines []Machine
		waiting  string // its beginning; "" when it is done or has failed
		percent  int32
		failure  string // part of it
		code     string
	}{
		"a pool whose machines are as they should be is done":   {settings: one, machines: []Machine{old(0, current), old(1, current, notReady)}},
		"nothing is waited for when the operation has ended":    {settings: one, over: true, machines: []Machine{old(0), old(1), old(2, surge)}},
		"a new image waits for its first step":                  {settings: one, machines: []Machine{old(0), old(1)}, waiting: "2 of 2 nodes to get another image: the next node to be drained", code: Failed},
		"a surge node that is not Ready is named":               {settings: one, machines: []Machine{old(0), old(1), old(2, surge, notReady, waits("it starts"))}, waiting: "2 of 2 nodes to get another image: surge node vm2 to be Ready (it starts)", code: "NodesNotReady"},
		"one without a host fails as creations do":              {settings: one, machines: []Machine{old(0), old(1), old(2, surge, notReady, unschedulable)}, waiting: "2 of 2 nodes to get another image: surge node vm2 to be Ready", code: "AllocationFailed"},
		"a drain is named with what holds it up":                {settings: one, machines: []Machine{old(0, draining(3), budget), old(1), old(2, surge)}, waiting: "2 of 2 nodes to get another image: node vm0 to be drained (waiting for PodDisruptionBudget default/web)", code: Failed},
		"a replaced machine is waited for":                      {settings: one, machines: []Machine{old(0, replaced, notReady), old(1), old(2, surge)}, waiting: "2 of 2 nodes to get another image: node vm0 to be Ready", code: "NodesNotReady"},
		"the share of nodes that are done is shown":             {settings: one, machines: []Machine{old(0, replaced), old(1), old(2, surge)}, waiting: "1 of 2 nodes", percent: 45, code: Failed},
		"the surge node goes last":                              {settings: one, machines: []Machine{old(0, replaced), old(1, replaced), old(2, surge)}, waiting: "surge node vm2 to be drained and deleted", percent: 95, code: Failed},
		"a drain that took too long fails with the reason":      {settings: one, machines: []Machine{old(0, draining(30), budget), old(1), old(2, surge)}, failure: "Drain node vm0 failed: it is not drained after 30 minutes. It was waiting for PodDisruptionBudget default/web."},
		"also one that did not come that far":                   {settings: one, machines: []Machine{old(0, draining(30), waits("the node to be cordoned")), old(1), old(2, surge)}, failure: "It was waiting for the node to be cordoned."},
		"and one of which nothing is known":                     {settings: one, machines: []Machine{old(0, draining(30)), old(1), old(2, surge)}, failure: "It was waiting for its Pods to end."},
		"before that, replaced nodes have to serve":             {settings: one, machines: []Machine{old(0, draining(30), budget), old(1, replaced, notReady), old(2, surge)}, waiting: "node vm1 to be Ready", code: "NodesNotReady"},
		"one that is quarantined does not fail yet":             {settings: cordoning, machines: []Machine{old(0, draining(31), quarantined), old(1), old(2, surge)}, waiting: "1 of 2 nodes", percent: 45, code: Failed},
		"when the others are done the quarantined one is named": {settings: cordoning, machines: []Machine{old(0, draining(31), quarantined, budget), old(1, replaced), old(2, surge)}, failure: "vm0, which was waiting for PodDisruptionBudget default/web"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := Outcome(Facts{Active: !c.over, Generation: 7, Count: 2, Settings: c.settings, Machines: c.machines, Now: start})
			if c.failure != "" {
				if got.Failure == nil || got.Failure.Code != Failed || !strings.Contains(got.Failure.Message, c.failure) {
					t.Errorf("the failure is %+v", got.Failure)
				}
				return
			}
			if got.Failure != nil || !strings.HasPrefix(got.Waiting, c.waiting) || c.waiting == "" && !got.Done() || got.Percent != c.percent || got.Deadline.Code != c.code {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestALongRolloutIsMeasuredStepByStep(t *testing.T) {
	began := start.Add(-20 * minute)
	f := Facts{Active: true, Generation: 7, Count: 2, Settings: Settings{Surge: 1, DrainTimeout: 30 * minute}, Now: start}
	for sentence, c := range map[string]struct {
		machine Machine
		since   time.Time
	}{
		"the next drain from when the last one was given up": {old(0, draining(35), quarantined, func(m *Machine) { m.Since = began.Add(-90 * minute) }), start.Add(-5 * minute)},
		"a drain counts from when it was asked for":          {old(0, draining(20)), began},
		"a replaced machine from when it was not Ready":      {old(0, replaced, notReady, func(m *Machine) { m.Since = began }), began},
		"the next drain from when the last machine turned":   {old(0, replaced, func(m *Machine) { m.Since = start.Add(5 * minute) }), start.Add(5 * minute)},
		"a surge machine from when it began to be missed":    {old(0, surge, notReady, func(m *Machine) { m.Since = began }), began},
	} {
		f.Machines = []Machine{c.machine, old(1, func(m *Machine) { m.Since = began.Add(-90 * minute) })}
		if got := Outcome(f).Deadline.Since; !got.Equal(c.since) {
			t.Errorf("%s: since %s", sentence, got)
		}
	}
}

func TestNodesWaitForTheirControlPlane(t *testing.T) {
	for sentence, c := range map[string]struct{ nodes, control, want string }{
		"nodes of a newer version wait":             {"1.37.2", "1.36.3", "the control plane to run Kubernetes 1.37.2, which runs 1.36.3"},
		"nodes of the same version do not":          {"1.37.2", "1.37.2", ""},
		"nor do older ones":                         {"1.36.3", "1.37.2", ""},
		"a control plane that has not run is ready": {"1.37.2", "", ""},
	} {
		if got := Ahead(c.nodes, c.control); got != c.want {
			t.Errorf("%s: got %q", sentence, got)
		}
	}
}
