package machine

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
)

// facts are all that a decision about a machine is made from.
type facts struct {
	machine *v1alpha1.Machine
	// cluster and release are nil when they do not exist.
	cluster *v1alpha1.ManagedCluster
	release *v1alpha1.Release
	// scaleSetDeleted: the scale set is being deleted, or does not exist.
	scaleSetDeleted bool
	// halted: the operation of the pool that the machine is stopped or deleted for was aborted, and so nothing is begun.
	halted bool
	// ignoreBudgets: the pool is being deleted with the parameter that disruption budgets do not count, or the whole cluster stops and only its
	// add-ons are left.
	ignoreBudgets bool
	// namespace of the cluster's machines exists. One that is foreign belongs to something else: nothing in it is this machine's.
	namespace, foreign bool
	// clusterCA in PEM, empty while there is none.
	clusterCA string
	// registry as machines reach it.
	registry boot.Registry
	// pulls: machines get tokens for the registry.
	pulls bool
	// file is nil before the machine's first start.
	file     *bootstrap.File
	instance provider.State
	// known: the hosted cluster has answered, so node is its Node, or nil when there is none.
	known bool
	node  *corev1.Node
	// pods to drain; gathered only when the machine is being deleted and its node is cordoned, or is being stopped and tainted.
	pods drain.Plan
	// stopping is gathered only for a machine that is to be stopped.
	stopping stopping
}

func (f facts) deleting() bool { return f.machine.DeletionTimestamp != nil }

func (f facts) clusterGone() bool { return f.cluster == nil || f.cluster.DeletionTimestamp != nil }

func (f facts) stale() bool { return f.node != nil && node.Stale(f.node, nodeOwner(f.machine)) }

// own is the machine's node, nil while it has none.
func (f facts) own() *corev1.Node {
	if f.stale() {
		return nil
	}
	return f.node
}

func (f facts) ready() bool {
	n := f.own()
	return n != nil && readyCondition(n).Status == corev1.ConditionTrue
}

// joined reports whether the machine ever was a node.
func (f facts) joined() bool {
	c := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineRegistered)
	return f.registered() || c != nil && (c.Status == "True" || c.Reason == reasonNodeGone)
}

// registered reports whether the machine is a node now, and not only has one that was made ahead.
func (f facts) registered() bool { return f.own() != nil && node.Joined(f.own()) }

// madeAhead reports whether the machine has a node that its kubelet is yet to take over, as far as is known.
func (f facts) madeAhead() bool {
	c := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineRegistered)
	return f.own() != nil && !f.registered() || !f.known && c != nil && c.Reason == reasonMadeAhead
}

// arriving reports whether the machine runs, or will as soon as its provider has started it.
func (f facts) arriving() bool {
	return f.instance.Phase == provider.Running || f.instance.Phase == provider.Pending && f.instance.Reason != provider.Unschedulable
}

func (f facts) cordoned() bool { return f.node != nil && f.node.Spec.Unschedulable }

// drainOver reports whether the drain has reached its timeout: that of a pool that is being deleted, or of a cluster that stops.
func (f facts) drainOver(now time.Time) bool {
	return f.scaleSetDeleted && now.Sub(f.machine.DeletionTimestamp.Time) >= drainTimeout ||
		f.stopping.cluster && now.Sub(f.stopping.since) >= drainTimeout
}

func (f facts) identity() node.Identity {
	want := node.Identity{
		UID: nodeOwner(f.machine), ProviderID: providerID(f.machine, f.cluster),
		Labels: labels(f.machine), Taints: f.machine.Spec.Model.Taints,
	}
	if f.file != nil {
		want.BootLabels, want.BootTaints = f.file.Machine.Labels, f.file.Machine.Taints
	}
	return want
}

// inSync reports whether the node has the labels and taints of the machine's present generation, and no taint of an earlier stop.
func (f facts) inSync() bool {
	n := f.own()
	if n == nil || f.clusterGone() {
		return false
	}
	return f.synced() && (f.wantsStop() || !node.ShutDown(n))
}

// synced reports whether the node has the identity that it should have.
func (f facts) synced() bool {
	_, changes := node.Synced(f.own(), f.identity())
	return !changes
}

func readyCondition(n *corev1.Node) corev1.NodeCondition {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c
		}
	}
	return corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionUnknown, Reason: "NoNews", Message: "the kubelet has not reported yet"}
}
