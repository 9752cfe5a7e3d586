package rollout

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

var start = time.Unix(1_000_000, 0)

const minute = time.Minute

// old is a Ready machine with another image than it should have.
func old(instance int64, change ...func(*Machine)) Machine {
	m := Machine{Instance: instance, Name: fmt.Sprintf("vm%d", instance), Ready: true, Since: start}
	for _, c := range change {
		c(&m)
	}
	return m
}

func current(m *Machine)  { m.Current = true }
func replaced(m *Machine) { m.Current, m.Replaced = true, true }
func notReady(m *Machine) { m.Ready = false }
func surge(m *Machine)    { m.Surge, m.Current = true, true }
func oldSurge(m *Machine) { m.Surge = true }
func leaving(m *Machine)  { m.Leaving = true }
func drained(m *Machine)  { m.Drained, m.DrainedSince = true, m.Drain.Since.Time }

// draining since some minutes, in rollout 7.
func draining(minutes int) func(*Machine) {
	return func(m *Machine) {
		m.Drain = &v1alpha1.Drain{Rollout: 7, Since: metav1.NewTime(start.Add(-time.Duration(minutes) * minute))}
	}
}

func earlier(m *Machine)     { m.Drain.Rollout = 6 }
func quarantined(m *Machine) { m.Drain.Quarantined = true }

func (p Plan) String() string {
	var parts []string
	if p.Surge > 0 {
		parts = append(parts, fmt.Sprintf("surge %d", p.Surge))
	}
	for _, s := range []struct {
		what string
		who  []int64
	}{{"drain", p.Drain}, {"replace", p.Replace}, {"quarantine", p.Quarantine}, {"release", p.Release}, {"remove", p.Remove}} {
		if len(s.who) > 0 {
			parts = append(parts, fmt.Sprint(s.what, " ", s.who))
		}
	}
	return strings.Join(parts, ", ")
}

func TestDecide(t *testing.T) {
	one, two := Settings{Surge: 1}, Settings{Surge: 2}
	unavailable, soaking, cordoning := Settings{Unavailable: 1}, Settings{Surge: 1, Soak: 5 * minute}, Settings{Surge: 1, Quarantine: true}
	for sentence, c := range map[string]struct {
		settings Settings
		over     bool // the operation of the pool has ended
		count    int
		machines []Machine
		want     string
	}{
		"machines that are what they should be are left alone":            {one, false, 2, []Machine{old(0, current), old(1, current)}, ""},
		"a new image begins with a surge machine, and drains nothing yet": {one, false, 2, []Machine{old(0), old(1)}, "surge 1"},
		"a surge machine that is not Ready is waited for":                 {one, false, 2, []Machine{old(0), old(1), old(2, surge, notReady)}, ""},
		"with a Ready surge machine the first node is drained":            {one, false, 2, []Machine{old(0), old(1), old(2, surge)}, "drain [0]"},
		"a surge of two drains two":                                       {two, false, 3, []Machine{old(0), old(1), old(2), old(3, surge), old(4, surge)}, "drain [0 1]"},
		"of two surge machines the one that is Ready lets one drain":      {two, false, 3, []Machine{old(0), old(1), old(2), old(3, surge), old(4, surge, notReady)}, "drain [0]"},
		"no more surge machines than there is left to replace":            {two, false, 3, []Machine{old(0, replaced), old(1, replaced), old(2)}, "surge 1"},
		"a machine that is being deleted counts for the ceiling":          {one, false, 2, []Machine{old(0), old(1), old(2, surge, leaving)}, ""},
		"a node that is being drained is waited for":                      {one, false, 2, []Machine{old(0, draining(1)), old(1), old(2, surge)}, ""},
		"a drained machine is replaced":                                   {one, false, 2, []Machine{old(0, draining(1), drained), old(1), old(2, surge)}, "replace [0]"},
		"a drained machine soaks first":                                   {soaking, false, 2, []Machine{old(0, draining(4), drained), old(1), old(2, surge)}, ""},
		"a machine that has soaked is replaced":                           {soaking, false, 2, []Machine{old(0, draining(5), drained), old(1), old(2, surge)}, "replace [0]"},
		"a replaced machine is waited for":                                {one, false, 2, []Machine{old(0, replaced, notReady), old(1), old(2, surge)}, ""},
		"when it is Ready the next is drained":                            {one, false, 2, []Machine{old(0, replaced), old(1), old(2, surge)}, "drain [1]"},
		"the surge machine stays until the last one is Ready":             {one, false, 2, []Machine{old(0, replaced), old(1, replaced, notReady), old(2, surge)}, ""},
		"in the end the surge machine goes":                               {one, false, 2, []Machine{old(0, replaced), old(1, replaced), old(2, surge)}, "remove [2]"},
		"without a surge one node may be missing":                         {unavailable, false, 2, []Machine{old(0), old(1)}, "drain [0]"},
		"without a surge the next waits for the one that is missing":      {unavailable, false, 2, []Machine{old(0, replaced, notReady), old(1)}, ""},
		"a node that is not Ready goes first and costs nothing":           {one, false, 3, []Machine{old(0), old(1), old(2, notReady), old(3, surge, notReady)}, "drain [2]"},
		"a pool that is being scaled is not drained":                      {one, false, 3, []Machine{old(0), old(1), old(3, surge)}, ""},
		"an empty pool needs no surge":                                    {one, false, 0, nil, ""},
		"a surge machine of another image goes":                           {one, false, 2, []Machine{old(0), old(1), old(2, oldSurge)}, "remove [2]"},
		"a drain of an earlier rollout is taken back before it counts":    {one, false, 2, []Machine{old(0, draining(40), earlier), old(1), old(2, surge)}, "release [0]"},
		"a drain that took too long stops the rollout":                    {one, false, 2, []Machine{old(0, draining(30)), old(1), old(2, surge)}, ""},
		"where nodes are quarantined it is left cordoned":                 {cordoning, false, 2, []Machine{old(0, draining(30)), old(1), old(2, surge)}, "quarantine [0]"},
		"then the next one is drained":                                    {cordoning, false, 2, []Machine{old(0, draining(31), quarantined), old(1), old(2, surge)}, "drain [1]"},
		"when only quarantined nodes are left the surge machine goes":     {cordoning, false, 2, []Machine{old(0, draining(31), quarantined), old(1, replaced), old(2, surge)}, "remove [2]"},
		"the next rollout tries a quarantined node again":                 {cordoning, false, 2, []Machine{old(0, draining(99), quarantined, earlier), old(1, replaced)}, "release [0]"},
		"an operation that has ended leaves no surge and no drain":        {one, true, 2, []Machine{old(0, draining(30)), old(1), old(2, surge), old(3, surge, leaving)}, "release [0], remove [2]"},
		"a quarantined node stays so when the operation has ended":        {cordoning, true, 2, []Machine{old(0, draining(31), quarantined), old(1, replaced), old(2, surge)}, "remove [2]"},
		"an operation that has ended begins nothing":                      {one, true, 2, []Machine{old(0), old(1)}, ""},
		"a drain of a machine that was put back to its image is released": {one, false, 2, []Machine{old(0, current, draining(1)), old(1, current)}, "release [0]"},
	} {
		t.Run(sentence, func(t *testing.T) {
			c.settings.DrainTimeout = 30 * minute
			f := Facts{Active: !c.over, Generation: 7, Count: c.count, Settings: c.settings, Machines: c.machines, Now: start}
			if got := Decide(f).String(); got != c.want {
				t.Errorf("the plan is %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatWaitsForATimeIsDecidedAgainThen(t *testing.T) {
	f := Facts{Active: true, Generation: 7, Count: 2, Settings: Settings{Surge: 2, DrainTimeout: 30 * minute, Soak: 5 * minute}, Now: start}
	f.Machines = []Machine{old(0, draining(10)), old(1, draining(2), drained), old(2, surge), old(3, surge)}
	if got := Decide(f).Next; got != 3*minute {
		t.Errorf("in %s, want when the soak is over", got)
	}
}

func TestResolve(t *testing.T) {
	for sentence, c := range map[string]struct {
		asked *v1alpha1.UpgradeSettings
		count int
		want  Settings
	}{
		"the default surge is a tenth, rounded up": {nil, 11, Settings{Surge: 2, DrainTimeout: 30 * minute}},
		"it is at least one":                       {nil, 1, Settings{Surge: 1, DrainTimeout: 30 * minute}},
		"a number is a number":                     {&v1alpha1.UpgradeSettings{MaxSurge: "3"}, 5, Settings{Surge: 3, DrainTimeout: 30 * minute}},
		"a share is rounded up":                    {&v1alpha1.UpgradeSettings{MaxSurge: "33%"}, 4, Settings{Surge: 2, DrainTimeout: 30 * minute}},
		"a surge is no larger than the pool":       {&v1alpha1.UpgradeSettings{MaxSurge: "10"}, 3, Settings{Surge: 3, DrainTimeout: 30 * minute}},
		"nodes may be missing instead":             {&v1alpha1.UpgradeSettings{MaxSurge: "0", MaxUnavailable: "50%"}, 3, Settings{Unavailable: 2, DrainTimeout: 30 * minute}},
		"one is always replaced at a time":         {&v1alpha1.UpgradeSettings{MaxSurge: "0", MaxUnavailable: "0"}, 3, Settings{Surge: 1, DrainTimeout: 30 * minute}},
		"times and behaviour are taken": {
			&v1alpha1.UpgradeSettings{DrainTimeoutInMinutes: 5, NodeSoakDurationInMinutes: 2, UndrainableNodeBehavior: "Cordon"}, 1,
			Settings{Surge: 1, DrainTimeout: 5 * minute, Soak: 2 * minute, Quarantine: true},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Resolve(c.asked, c.count); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
