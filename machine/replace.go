package machine

import (
	"context"
	"fmt"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
)

// labelUpgradeStatus is AKS's label of a node that could not be drained for an upgrade.
const labelUpgradeStatus = "kubernetes.azure.com/upgrade-status"

// lostTime is how long a node has not been Ready when its Pods are given up: a kubelet that is slow or restarts is back before.
const lostTime = 2 * time.Minute

// Steps of a rollout.
const (
	cordonForImage step = "cordon the node, which gets another image"
	uncordon       step = "uncordon the node"
	reimage        step = "stop the machine and delete its disk, to start it with another image"
)

func quarantined(m *v1alpha1.Machine) bool { return m.Spec.Drain != nil && m.Spec.Drain.Quarantined }

// nodeOwner is what a machine's Node says whose it is. A machine that gets another disk gets another Node too: nothing that runs there was there before.
func nodeOwner(m *v1alpha1.Machine) types.UID {
	if m.Spec.Reimages == 0 {
		return m.UID
	}
	return types.UID(fmt.Sprintf("%s/%d", m.UID, m.Spec.Reimages))
}

// wantsDrain reports whether a rollout asks for the machine to be emptied.
func (f facts) wantsDrain() bool {
	return f.machine.Spec.Drain != nil && !quarantined(f.machine) && !f.deleting() && !f.wantsStop()
}

// hasOldDisk reports whether the machine is yet to get another disk.
func (f facts) hasOldDisk() bool {
	return f.instance.Disk && f.instance.DiskGeneration < f.machine.Spec.Reimages
}

// needsCertificate reports whether a machine that gets another disk has no credential that lasts: its kubelet's own was on the old one.
func (f facts) needsCertificate(now time.Time) bool {
	return f.file != nil && f.machine.Spec.Reimages > 0 && !f.instance.Disk && !f.file.Certificate.Suffices(now)
}

// reimaging ends the machine and its disk; it then starts as one that never had any. When nothing of it runs any more, its old Node goes.
func reimaging(f facts) decision {
	d := decision{steps: []step{reimage}, waiting: "the machine to stop and its old disk to be deleted", recheck: soon}
	if f.instance.Phase == provider.Absent && f.answers() && f.stale() {
		d.steps = append(append(d.steps, leftovers(f)...), deleteNode)
	}
	return d
}

// leftovers are Pods of a machine's old node that others could take for running ones.
func leftovers(f facts) []step {
	if len(f.stopping.left) == 0 {
		return nil
	}
	return []step{removeEndpoint}
}

// empty a node for a rollout, or give it back if the rollout wants that no more.
func empty(d decision, f facts) decision {
	switch n := f.own(); {
	case n == nil || !f.answers():
	case f.wantsDrain() && f.ready() && !f.cordoned():
		d.steps, d.waiting, d.recheck = append(d.steps, cordonForImage), "the node to be cordoned", draining
	case f.wantsDrain() && f.ready() && !f.pods.Empty():
		d.steps, d.waiting, d.recheck = append(d.steps, evict), "waiting for the node's Pods to end", draining
	case f.wantsDrain() && !f.ready():
		d.recheck = draining
	case f.machine.Spec.Drain == nil && node.Cordoned(n):
		d.steps = append(d.steps, uncordon)
	}
	return d
}

// drainedForImage is condition Drained of a machine that a rollout empties. A node that has not been Ready for long cannot be drained: nothing on
// it could end gracefully.
func drainedForImage(f facts, d decision, now time.Time) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.MachineDrained, Status: metav1.ConditionFalse, Reason: "Draining", Message: d.waiting}
	switch {
	case (f.clusterGone() || !f.answers() || !f.ready() && !f.lost(now)) && f.wasDrained():
		return *apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineDrained) // a soak goes on while nothing is heard of the node
	case f.clusterGone() || !f.answers():
		c.Message = "waiting for the cluster's API server to answer"
	case !f.ready() && !f.lost(now):
		c.Message = "waiting for the node to be Ready, or not to come back"
	case !f.ready():
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "NotReady", "the node is not Ready, and nothing on it can end gracefully"
	case f.cordoned() && f.pods.Empty():
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "Drained", "nothing is left to drain"
	}
	return c
}

// wasDrained reports whether the drain that is asked for now was seen to have ended.
func (f facts) wasDrained() bool {
	c := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineDrained)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == f.machine.Generation
}

// lost reports whether a node has not been Ready for long, or never was.
func (f facts) lost(now time.Time) bool {
	ready := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineReady)
	return !f.joined() || ready != nil && ready.Status != metav1.ConditionTrue && now.Sub(ready.LastTransitionTime.Time) >= lostTime
}

// gatherReplacement reads the Pods of a node that a rollout empties, or that its old machine left.
func (r *Reconciler) gatherReplacement(ctx context.Context, f *facts) error {
	switch left := f.stale() && f.machine.Spec.Reimages > 0 && f.instance.Phase == provider.Absent; {
	case !f.answers():
		return nil
	case f.wantsDrain():
		return r.gatherPods(ctx, f)
	case !left:
		return nil
	}
	hosted, err := r.Hosted.For(ctx, f.cluster)
	if err != nil {
		return err
	}
	pods, err := drain.Pods(ctx, hosted, f.machine.Spec.Hostname)
	f.stopping.left = drain.Left(pods)
	return err
}

// executeReplacement executes the steps of a rollout that change the hosted cluster; known is false for another step.
func executeReplacement(ctx context.Context, s step, hosted client.Client, f facts) (known bool, err error) {
	switch s {
	case cordonForImage:
		return true, hosted.Patch(ctx, node.WithCordon(f.node), client.MergeFrom(f.node))
	case uncordon:
		return true, hosted.Patch(ctx, node.WithoutCordon(f.node), client.MergeFrom(f.node))
	}
	return false, nil
}
