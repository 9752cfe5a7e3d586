package agentpool

import (
	"cmp"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

func TestDecide(t *testing.T) {
	now := metav1.Now()
	for sentence, c := range map[string]struct {
		change func(*Facts)
		want   string
	}{
		"a new pool creates its scale set":                     {func(f *Facts) { f.Sets = nil }, "Creating@1"},
		"an operation says what the scale set is":              {func(*Facts) {}, ""},
		"between operations a scale set keeps its changes":     {func(f *Facts) { finish(f); f.Pool.Spec.Count = 9 }, "nothing"},
		"a scale set that was deleted is created again":        {func(f *Facts) { finish(f); f.Sets = nil }, "Creating@1"},
		"another capacity alone scales":                        {func(f *Facts) { f.Pool.Spec.Count = 9 }, "Scaling@5"},
		"another capacity and another label update":            {func(f *Facts) { f.Pool.Spec.Count = 9; f.Pool.Spec.NodeLabels = nil }, "Updating@5"},
		"a field that was changed out of band is updated back": {func(f *Facts) { f.Sets[0].Spec.Tags["cost"] = "0" }, "Updating@5"},
		"a pool that is stopped stops its scale set":           {func(f *Facts) { f.Pool.Spec.PowerState = v1alpha1.Stopped }, "Stopping@5"},
		"a pool whose cluster is stopped stops its scale set":  {func(f *Facts) { f.Pool.Spec.ClusterPowerState = v1alpha1.Stopped }, "Stopping@5"},
		"a pool that runs again starts its scale set":          {func(f *Facts) { f.Sets[0].Spec.PowerState = v1alpha1.Stopped }, "Starting@5"},
		"a pool that its customer stopped stays so in a start": {
			func(f *Facts) { f.Pool.Spec.PowerState, f.Sets[0].Spec.PowerState = v1alpha1.Stopped, v1alpha1.Stopped }, "",
		},
		"a pool whose operation is aborted halts its scale set": {func(f *Facts) { v1alpha1.SetAbort(f.Pool) }, "Updating@5 halted"},
		"a scale set that was never made is made halted":        {func(f *Facts) { v1alpha1.SetAbort(f.Pool); f.Sets = nil }, "Creating@1 halted"},
		"a pool whose operation was aborted leaves it alone":    {func(f *Facts) { v1alpha1.SetAbort(f.Pool); finish(f) }, "nothing"},
		"the next operation goes on": {
			func(f *Facts) { v1alpha1.SetAbort(f.Pool); f.Pool.Generation++; f.Sets[0].Spec.Halted = true }, "Updating@5",
		},
		"an unchanged scale set keeps the verb it has": {
			func(f *Facts) { f.Sets[0].Annotations = map[string]string{v1alpha1.AnnotationVerb: "Scaling@4"} }, "Scaling@4",
		},
		"another image upgrades":                {func(f *Facts) { f.Release.Spec.Images["node"] = "node:2" }, "Upgrading@5"},
		"by the verb that the pool's write has": {func(f *Facts) { f.Release.Spec.Images["node"] = "node:2"; imageOnly(f.Pool) }, "UpgradingNodeImageVersion@5"},
		"a pool waits for its control plane":    {func(f *Facts) { f.Cluster.Status.CurrentKubernetesVersion = "1.36.9" }, "waits for the control plane to run Kubernetes 1.37.2, which runs 1.36.9"},
		"an older pool does not":                {func(f *Facts) { f.Cluster.Status.CurrentKubernetesVersion = "1.38.0" }, ""},
		"a missing cluster is named":            {func(f *Facts) { f.Cluster = nil }, "missing cluster " + cluster().Name + ", which does not exist"},
		"a missing release is named":            {func(f *Facts) { f.Release = nil }, "missing release v1.37.2-0123abcd, which does not exist"},
		"a release without a node image is refused": {
			func(f *Facts) { f.Release.Spec.Images = nil }, "missing a release with a node image; v1.37.2-0123abcd has none, choose another",
		},
		"an abort halts the scale set also if its release is missing": {
			func(f *Facts) { v1alpha1.SetAbort(f.Pool); f.Release = nil }, "missing release v1.37.2-0123abcd, which does not exist, and Updating@5 halted",
		},
		"or its control plane runs an older version": {
			func(f *Facts) { v1alpha1.SetAbort(f.Pool); f.Cluster.Status.CurrentKubernetesVersion = "1.36.9" },
			"waits for the control plane to run Kubernetes 1.37.2, which runs 1.36.9, and Updating@5 halted",
		},
		"once": {
			func(f *Facts) { v1alpha1.SetAbort(f.Pool); finish(f); f.Release = nil }, "missing release v1.37.2-0123abcd, which does not exist",
		},
		"a scale set that is not there cannot be halted": {
			func(f *Facts) { v1alpha1.SetAbort(f.Pool); f.Release, f.Sets = nil, nil }, "missing release v1.37.2-0123abcd, which does not exist",
		},
		"a deleted pool deletes its scale set": {func(f *Facts) { f.Pool.DeletionTimestamp = &now }, "deletes"},
		"a scale set is deleted once":          {func(f *Facts) { f.Pool.DeletionTimestamp, f.Sets[0].DeletionTimestamp = &now, &now }, "nothing"},
		"a pool without a cluster can be deleted": {
			func(f *Facts) { f.Pool.DeletionTimestamp, f.Cluster, f.Release = &now, nil, nil }, "deletes",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			present := ScaleSet(pool(), cluster(), release())
			present.Generation = 4
			f := Facts{Pool: pool(), Cluster: cluster(), Release: release(), Sets: []v1alpha1.ScaleSet{*present}}
			c.change(&f)
			if got := read(Decide(f)); got != c.want {
				t.Errorf("the plan is %q, want %q", got, c.want)
			}
		})
	}
}

func imageOnly(p *v1alpha1.AgentPool) {
	p.Generation = 7
	p.Annotations = map[string]string{v1alpha1.AnnotationVerb: "UpgradingNodeImageVersion@7"}
}

func finish(f *Facts) { operation.Settle(f.Pool, "Pool", operation.Outcome{}, metav1.Now()) }

// read a plan: the verb of the set that it applies, or what it does instead.
func read(p Plan) string {
	if waits := cmp.Or(p.Missing, p.Ahead); waits != "" && p.Apply != nil {
		apply := p.Apply
		p.Apply = nil
		return read(p) + ", and " + read(Plan{Apply: apply})
	}
	switch {
	case p.Missing != "":
		return "missing " + p.Missing
	case len(p.Delete) > 0:
		return "deletes"
	case p.Ahead != "":
		return "waits for " + p.Ahead
	case p.Apply == nil:
		return "nothing"
	}
	if p.Apply.Spec.Halted {
		return p.Apply.Annotations[v1alpha1.AnnotationVerb] + " halted"
	}
	return p.Apply.Annotations[v1alpha1.AnnotationVerb]
}
