package machine

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
)

// budgetTime is how long disruption budgets are kept while a whole cluster stops: there is no other node on which Pods could become available,
// so a budget that allows nothing now will allow nothing later.
const budgetTime = time.Minute

// cleanupTime is how much longer than a drain the cleanup after a stop may take: a drain that used all its time is cleaned up after too.
const cleanupTime = 5 * time.Minute

// downTime is how long an API server has not been ready when a stop no longer waits for it. A restart or a replacement takes less.
const downTime = 2 * time.Minute

// Steps of a stop, and what is undone by a start.
const (
	taintShutdown  step = "taint the node as shut down"
	untaint        step = "remove the taint of the shutdown"
	stopInstance   step = "stop the machine and keep its disk"
	removeEndpoint step = "remove the Pods that were left on the node"
	markStopped    step = "report the node as stopped"
)

// stopping is what is known of a machine that is to be stopped.
type stopping struct {
	// since is when that was asked for.
	since time.Time
	// cluster: not this pool alone stops, but the whole cluster.
	cluster bool
	// alone: not the pool stops, but the machine is deallocated, because it is beyond the pool's count. Its Pods have other nodes to go to, so it waits
	// for budgets as one that is deleted does.
	alone bool
	// left are Pods that the stopped machine ran to the end: they have addresses that lead nowhere.
	left []corev1.Pod
}

func (f facts) wantsStop() bool { return !f.machine.ToRun() }

// answers reports whether the hosted API server can be asked to change something. What is cached of it stays known when it fails.
func (f facts) answers() bool {
	for _, c := range f.cluster.Status.Components {
		if c.Name == v1alpha1.ComponentAPIServer && !c.Healthy {
			return false
		}
	}
	return f.known
}

// down reports whether the hosted API server will not answer for a while: it was stopped too, or has not been ready for long.
func (f facts) down(now time.Time) bool {
	if f.cluster.Power() == v1alpha1.Stopped {
		return true
	}
	for _, c := range f.cluster.Status.Components {
		if c.Name == v1alpha1.ComponentAPIServer && !c.Healthy {
			return now.Sub(c.Since.Time) >= downTime
		}
	}
	return false
}

// inTime reports whether a stop still waits for what is to be done in the hosted cluster: a drain, and then the cleanup.
func (f facts) inTime(now time.Time) bool {
	if f.stopping.alone {
		return true
	}
	limit := drainTimeout
	if f.instance.Gone() || f.instance.Stopped() {
		limit += cleanupTime
	}
	return now.Sub(f.stopping.since) < limit
}

// patient reports whether something can be done in the hosted cluster, and there is time for it.
func (f facts) patient(now time.Time) bool { return f.answers() && f.own() != nil && f.inTime(now) }

// unsure reports whether the API server may answer in a moment. It does not while a Lotse that was just started begins to watch it.
func (f facts) unsure(now time.Time) bool {
	return !f.answers() && (f.stopping.alone || !f.down(now)) && f.joined() && f.inTime(now) && !f.machine.Stopped()
}

// stop a machine: drain it like one that is deleted, but for the taint in place of a cordon, which would be lost among the customer's own; then
// end it, and then take out of the cluster what would make others believe that it still runs. What the hosted cluster does not let happen in
// time is left undone: a machine that is to stop does.
func stop(f facts, now time.Time) decision {
	if f.unsure(now) {
		return decision{waiting: "the cluster's API server to answer", recheck: soon}
	}
	patient := f.patient(now)
	if f.instance.Gone() || f.instance.Stopped() {
		return afterStop(f, patient)
	}
	if f.halted {
		return halt("stopped")
	}
	if patient && f.instance.Phase == provider.Running && f.ready() {
		switch {
		case !node.ShutDown(f.own()):
			return decision{steps: []step{taintShutdown}, waiting: "the node to be tainted", recheck: draining}
		case !f.pods.Empty():
			return decision{steps: []step{f.emptying(now)}, waiting: "waiting for the node's Pods to end", recheck: draining}
		}
	}
	return decision{steps: []step{stopInstance}, waiting: "the machine to stop", recheck: draining}
}

// halt leaves a machine as it is: the operation that wants it gone was aborted. The next operation of its pool goes on, or wants something else.
func halt(becoming string) decision {
	return decision{halted: true, waiting: "the next operation of the pool, because the one for which the machine is " + becoming + " was aborted"}
}

// afterStop cleans up after a machine that has stopped, as long as the cluster can be asked to.
func afterStop(f facts, patient bool) decision {
	switch {
	case !patient || node.MarkedStopped(f.own()):
		return decision{}
	case len(f.stopping.left) > 0:
		return decision{steps: []step{removeEndpoint}, waiting: "the Pods that were left on the node to go", recheck: soon}
	}
	return decision{steps: []step{markStopped}, waiting: "the node to be reported as stopped", recheck: soon}
}

// gatherStop reads what a stop depends on: its pool's operation, and the Pods on the node before and after it.
func (r *Reconciler) gatherStop(ctx context.Context, f *facts) error {
	pool, err := r.pool(ctx, f)
	if err != nil {
		return err
	}
	if pool != nil {
		f.stopping.since = v1alpha1.CurrentOperation(pool).StartedAt.Time
		f.stopping.cluster = pool.Spec.ClusterPowerState == v1alpha1.Stopped
	}
	n := f.own()
	if !f.patient(r.Clock.Now()) || !node.ShutDown(n) || node.MarkedStopped(n) {
		return nil
	}
	hosted, err := r.Hosted.For(ctx, f.cluster)
	if err != nil {
		return err
	}
	pods, err := drain.Pods(ctx, hosted, f.machine.Spec.Hostname)
	if err != nil {
		return err
	}
	f.pods, f.stopping.left = drain.Decide(pods), drain.Left(pods)
	if f.stopping.cluster {
		f.pods, f.ignoreBudgets = f.pods.AddonsLast()
	}
	return nil
}

// executePower executes the steps of a stop or a start that change the hosted cluster; known is false for another step.
func (r *Reconciler) executePower(ctx context.Context, s step, hosted client.Client, f facts) (known bool, err error) {
	optimistic := client.MergeFromWithOptions(f.node, client.MergeFromWithOptimisticLock{})
	switch s {
	case taintShutdown:
		return true, hosted.Patch(ctx, node.WithShutdownTaint(f.node), optimistic)
	case untaint:
		return true, hosted.Patch(ctx, node.WithoutShutdownTaint(f.node), optimistic)
	case removeEndpoint:
		return true, drain.Remove(ctx, hosted, f.stopping.left)
	case markStopped:
		return true, hosted.Status().Patch(ctx, node.Stopped(f.node, metav1.NewTime(r.Clock.Now())), client.StrategicMergeFrom(f.node))
	}
	return false, nil
}
