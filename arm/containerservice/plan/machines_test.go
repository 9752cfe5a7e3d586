package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// machines host-0, host-1, … of a pool.
func machines(n int, change ...func([]v1alpha1.Machine)) []v1alpha1.Machine {
	all := make([]v1alpha1.Machine, n)
	for i := range all {
		all[i].Spec.Hostname, all[i].Spec.Instance = fmt.Sprintf("host-%d", i), int64(i)
	}
	for _, f := range change {
		f(all)
	}
	return all
}

func deallocated(i int) func([]v1alpha1.Machine) {
	return func(m []v1alpha1.Machine) { m[i].Spec.PowerState = v1alpha1.Stopped }
}

func going(i int) func([]v1alpha1.Machine) {
	return func(m []v1alpha1.Machine) { m[i].DeletionTimestamp = &metav1.Time{} }
}

func TestWithoutMachines(t *testing.T) {
	user := func(count int32, change ...func(*v1alpha1.AgentPoolSpec)) v1alpha1.AgentPoolSpec {
		return poolSpec(append([]func(*v1alpha1.AgentPoolSpec){func(p *v1alpha1.AgentPoolSpec) { p.Mode, p.Count = v1alpha1.UserPool, count }}, change...)...)
	}
	system := func(p *v1alpha1.AgentPoolSpec) { p.Mode = v1alpha1.SystemPool }
	asleep := func(p *v1alpha1.AgentPoolSpec) { p.PowerState = v1alpha1.Stopped }
	keeps := func(p *v1alpha1.AgentPoolSpec) { p.ScaleDownMode = v1alpha1.DeallocateMachines }
	before := func(names ...string) func(*v1alpha1.AgentPoolSpec) {
		return func(p *v1alpha1.AgentPoolSpec) { p.RemoveMachines = names }
	}
	for sentence, c := range map[string]struct {
		pool     v1alpha1.AgentPoolSpec
		broken   bool
		machines []v1alpha1.Machine
		names    []string
		count    int32
		remove   []string
		refused  string
	}{
		"the count falls by the machines that go":           {user(3), false, machines(3), []string{"host-0", "host-2"}, 1, []string{"host-0", "host-2"}, ""},
		"a User pool can lose all of them":                  {user(1), false, machines(1), []string{"host-0"}, 0, []string{"host-0"}, ""},
		"a machine that is named twice goes once":           {user(3), false, machines(3), []string{"host-0", "HOST-0"}, 2, []string{"host-0"}, ""},
		"a System pool keeps one":                           {user(2, system), false, machines(2), []string{"host-0"}, 1, []string{"host-0"}, ""},
		"a System pool cannot lose its last":                {user(2, system), false, machines(2), []string{"host-0", "host-1"}, 0, nil, "a System pool has at least one node"},
		"names that there are not are named":                {user(2), false, machines(2), []string{"host-0", "x", "y"}, 0, nil, "no machine named 'x', 'y'"},
		"a deallocated machine does not count":              {user(1), false, machines(2, deallocated(1)), []string{"host-1"}, 1, []string{"host-1"}, ""},
		"in a stopped pool all machines count":              {user(2, asleep), false, machines(2, deallocated(0), deallocated(1)), []string{"host-1"}, 1, []string{"host-1"}, ""},
		"but those that it keeps beyond its count do not":   {user(2, asleep, keeps), false, machines(3, deallocated(0), deallocated(1), deallocated(2)), []string{"host-2"}, 2, []string{"host-2"}, ""},
		"its oldest do, which start with it":                {user(2, asleep, keeps), false, machines(3, deallocated(0), deallocated(1), deallocated(2)), []string{"HOST-1"}, 1, []string{"host-1"}, ""},
		"of both kinds some":                                {user(1, asleep, keeps), false, machines(3, deallocated(0), deallocated(1), deallocated(2)), []string{"host-2", "host-0"}, 0, []string{"host-2", "host-0"}, ""},
		"one that goes already is none of them":             {user(1, asleep, keeps, before("host-0")), true, machines(3, deallocated(0), deallocated(1), deallocated(2)), []string{"host-1"}, 0, []string{"host-0", "host-1"}, ""},
		"a repetition does not count twice":                 {user(1, before("host-1")), true, machines(2, going(1)), []string{"host-1"}, 1, []string{"host-1"}, ""},
		"nor one of an abort that came before the deletion": {user(1, before("host-1")), true, machines(2), []string{"host-1"}, 1, []string{"host-1"}, ""},
		"names of earlier requests stay while there are such machines": {
			user(2, before("host-0", "host-7")), true, machines(3, going(0)), []string{"host-1"}, 1, []string{"host-0", "host-1"}, "",
		},
		"no other machine goes where an abort left more than the count": {user(1), true, machines(3), []string{"host-0"}, 2, []string{"host-0"}, ""},
		"the count falls by as many where an abort left fewer":          {user(5), true, machines(3), []string{"host-0"}, 4, []string{"host-0"}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			object := object("np2", c.pool)
			if c.broken {
				object = broken(object)
			}
			got, err := WithoutMachines(state.Pool{Name: "np2", Spec: c.pool, Object: &object}, c.machines, c.names)
			if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Fatalf("got %v, want %q", err, c.refused)
			}
			if err != nil {
				if f := fault.Of(err); f.Kind != fault.InvalidParameter || f.Target != request.MachineNames {
					t.Errorf("got %+v", f)
				}
				return
			}
			if got.Count != c.count || !slices.Equal(got.RemoveMachines, c.remove) || (got.Attempt > 0) != c.broken {
				t.Errorf("count %d, removes %v, attempt %d; want %d, %v", got.Count, got.RemoveMachines, got.Attempt, c.count, c.remove)
			}
			if verb := v1alpha1.PoolVerb(&object, got); !c.broken && verb != v1alpha1.Scaling {
				t.Errorf("the operation is %s", verb)
			}
		})
	}
}
