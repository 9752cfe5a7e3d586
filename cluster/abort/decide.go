package abort

import (
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
)

// waiting is what a refused step waits for.
const waiting = "the next write of the cluster, because its last operation was aborted"

// Gate refuses steps of clusters whose operation was aborted, and asks the next gate about all others.
func Gate(next plan.Gate) plan.Gate {
	return func(c *v1alpha1.ManagedCluster, s plan.Step) string {
		if v1alpha1.Aborted(c) && halts(c, s) {
			return waiting
		}
		return next(c, s)
	}
}

// halts reports whether a step is one that an aborted operation was to bring about.
func halts(c *v1alpha1.ManagedCluster, s plan.Step) bool {
	switch s.(type) {
	case plan.AddFinalizer, plan.AbortPool:
		return false
	case plan.WritePool, plan.SetPoolPower:
		return true
	}
	return !queue.Provisioned(c)
}

// Steps abort the operations of pools that run for the aborted operation of their cluster: while it runs, no other begins. It ends when there are
// none of these steps left.
func Steps(c *v1alpha1.ManagedCluster, pools map[string]*v1alpha1.AgentPool) []plan.Step {
	if !v1alpha1.Aborted(c) || v1alpha1.CurrentOperation(c).State != v1alpha1.InProgress {
		return nil
	}
	var steps []plan.Step
	for _, p := range pools {
		if p.DeletionTimestamp == nil && !v1alpha1.Aborted(p) && v1alpha1.CurrentOperation(p).State == v1alpha1.InProgress {
			steps = append(steps, plan.AbortPool{Pool: p})
		}
	}
	slices.SortFunc(steps, func(a, b plan.Step) int { return strings.Compare(a.String(), b.String()) })
	return steps
}
