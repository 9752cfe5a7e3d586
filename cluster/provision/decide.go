package provision

import (
	"hash/fnv"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/upgrade"
)

// Rechecks of what sends no event.
const (
	// running is how often an operation that runs looks at its deadline.
	running = 5 * time.Second
	// rotationRecheck is how often a rotation looks at what machines report.
	rotationRecheck = time.Second
	// starting is how often an API server that was just started is asked. It is asked without waiting for its probes, whose result takes a
	// second to arrive.
	starting = 200 * time.Millisecond
)

// Plan for a cluster. Nothing more is done in a reconcile in which a step met trouble. Its status is complete once Admit has seen what the
// gate left of it.
func Plan(f Facts) plan.Plan {
	a, steps := assess(f)
	if f.Trouble != nil || a.refused != nil {
		steps = nil
	}
	p := plan.Plan{Steps: steps, Outcome: outcome(a), Status: status(f, a), Trouble: a.trouble}
	if p.Outcome.Done() {
		f.awake(&p.Status)
	}
	p.Recheck = recheck(f, p)
	return p
}

// assess how far a cluster is, and which steps this allows: first what everything else stands on, then credentials, then the rest at the
// same time, so that machines boot while the control plane starts. A part that fails holds back the parts after it and none of those
// before: certificates are renewed also when an add-on cannot be rendered.
func assess(f Facts) (assessment, []plan.Step) {
	a := begin(f)
	if !controllerutil.ContainsFinalizer(f.Cluster, v1alpha1.Finalizer) {
		return a, []plan.Step{plan.AddFinalizer{}}
	}
	p, err := f.prerequisites()
	a.met(err)
	a.pending = p.pending
	if p.failure != nil {
		a.refused = p.failure
	}
	if err != nil || p.failure != nil || p.pending != "" {
		return a, p.steps
	}
	credentials, err := f.credentials(p)
	a.met(err)
	rest := f.parts(&a, p)
	rest = append(rest, f.rotate(&a, err != nil || len(credentials) > 0)...)
	switch {
	case len(p.steps) > 0:
		return a, p.steps
	case err != nil || len(credentials) > 0:
		return a, credentials
	}
	return a, rest
}

// parts of a cluster whose prerequisites are met, and the steps that each needs. All are assessed, also after one that failed.
func (f Facts) parts(a *assessment, p prerequisites) []plan.Step {
	f.health(a)
	r := f.render(p)
	steps, failed := f.components(a, r)
	a.met(failed)
	a.unapplied(steps)
	a.upgrading = upgrade.Underway(f.Cluster) && (a.controlPlane() != "" || len(a.halted) > 0)
	var pools []plan.Step
	if !a.upgrading { // no kubelet is newer than its API server
		pools = f.poolSteps()
	}
	f.pools(a, len(pools) == 0 && !a.upgrading)
	addons, err := f.addons(*a, r)
	a.met(err)
	a.addons = addons.waiting
	if failed != nil {
		return nil
	}
	steps = slices.Concat(f.hastened(), f.wakeSteps(), r.steps, steps, pools)
	if addons.step != nil {
		steps = append(steps, *addons.step)
	}
	return steps
}

func recheck(f Facts, p plan.Plan) time.Duration {
	switch {
	case f.Addons.NoAnswer:
		return starting
	case Rotating(f.Cluster):
		return rotationRecheck
	case !p.Outcome.Done() && p.Outcome.Failure == nil && v1alpha1.CurrentOperation(f.Cluster).State == v1alpha1.InProgress:
		return running
	}
	return max(time.Second, f.Addons.At.Add(resync).Sub(f.RealNow)) + jitter(f.Cluster.UID)
}

// jitter is up to a tenth of the resync interval, so that the clusters of a service that was just started do not all come back together.
func jitter(uid types.UID) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(uid)) // never fails
	return time.Duration(h.Sum32()%1000) * resync / 10 / 1000
}
