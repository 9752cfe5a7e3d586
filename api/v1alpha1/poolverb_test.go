package v1alpha1

import "testing"

func TestPoolVerb(t *testing.T) {
	spec := func(change ...func(*AgentPoolSpec)) AgentPoolSpec {
		p := AgentPoolSpec{Mode: SystemPool, Count: 1, MaxPods: 110, OrchestratorVersion: "1.37.0", Release: "r1.37.0"}
		for _, f := range change {
			f(&p)
		}
		return p
	}
	of := func(last string) *AgentPool {
		p := &AgentPool{Spec: ClusterPoolSpec{AgentPoolSpec: spec()}}
		p.Generation = 3
		p.Status.Operations = []Operation{{Generation: 3, Verb: last, State: Failed}}
		return p
	}
	again := spec(func(p *AgentPoolSpec) { p.Attempt = 1 })
	for sentence, c := range map[string]struct {
		present *AgentPool
		after   AgentPoolSpec
		want    string
	}{
		"a new pool is created":                                 {nil, spec(), Creating},
		"another count is scaling":                              {of(Creating), spec(func(p *AgentPoolSpec) { p.Count = 5 }), Scaling},
		"another count after a failure is scaling":              {of(Upgrading), spec(func(p *AgentPoolSpec) { p.Count, p.Attempt = 5, 1 }), Scaling},
		"machines that go by name are scaling":                  {of(Creating), spec(func(p *AgentPoolSpec) { p.RemoveMachines = []string{"a"} }), Scaling},
		"a repeated write is an update":                         {of(Creating), again, Updating},
		"one that repeats an upgrade goes on with it":           {of(Upgrading), again, Upgrading},
		"one that repeats an upgrade of images goes on with it": {of(UpgradingNodeImageVersion), again, UpgradingNodeImageVersion},
		"another label after an upgrade is an update":           {of(Upgrading), spec(func(p *AgentPoolSpec) { p.NodeLabels = map[string]string{"a": "b"} }), Updating},
		"another count and a taint are an update":               {of(Creating), spec(func(p *AgentPoolSpec) { p.Count, p.NodeTaints = 5, []string{"a:NoExecute"} }), Updating},
		"another version is an upgrade":                         {of(Creating), spec(func(p *AgentPoolSpec) { p.OrchestratorVersion, p.Release = "1.37.2", "r1.37.2" }), Upgrading},
		"another version and another count are an upgrade":      {of(Creating), spec(func(p *AgentPoolSpec) { p.OrchestratorVersion, p.Release, p.Count = "1.37.2", "r1.37.2", 5 }), Upgrading},
		"another release is an upgrade of images":               {of(Creating), spec(func(p *AgentPoolSpec) { p.Release, p.NodeImageVersion = "other", "image-1" }), UpgradingNodeImageVersion},
		"a pin to the present image is an update":               {of(Creating), spec(func(p *AgentPoolSpec) { p.NodeImageVersion = "image-1" }), Updating},
		"a label is an update":                                  {of(Creating), spec(func(p *AgentPoolSpec) { p.NodeLabels = map[string]string{"a": "b"} }), Updating},
		"another power state alone is a stop":                   {of(Creating), spec(func(p *AgentPoolSpec) { p.PowerState = Stopped }), Stopping},
		"another power state and another count are an update":   {of(Creating), spec(func(p *AgentPoolSpec) { p.PowerState, p.Count = Stopped, 5 }), Updating},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := PoolVerb(c.present, c.after); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
