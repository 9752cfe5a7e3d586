package machine

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/pulltoken"
	"lotse.dev/machine/size"
)

const (
	// drainTimeout is AKS's default.
	drainTimeout = 30 * time.Minute
	// Intervals for looking again at what sends no event.
	soon     = time.Second     // a Secret that another controller writes, a disk that is being deleted
	draining = 2 * time.Second // Pods in the hosted cluster
)

// step is one change. Every step can be repeated.
type step string

const (
	writeFile            step = "write the boot file"
	startInstance        step = "start the machine"
	deleteNode           step = "delete the node"
	renewPullToken       step = "renew the token for the registry"
	giveTrust            step = "give the machine the cluster's new authorities"
	publishToken         step = "publish the token in the hosted cluster"
	revokeToken          step = "revoke the token"
	dropCertificate      step = "remove the first certificate from the machine's Secret"
	makeNode             step = "make the node ahead of its kubelet"
	givePodCIDR          step = "give the node the addresses of its Pods"
	syncNode             step = "sync the node"
	cordon               step = "cordon the node"
	evict                step = "evict the node's Pods"
	deletePods           step = "delete the node's Pods"
	deleteInstance       step = "delete the machine and its disk"
	deleteInstanceAtOnce step = "delete the machine and its disk at once"
	deleteFile           step = "delete the boot file"
	removeFinalizer      step = "remove the finalizer"
)

// decision is what to do now, in order, and what is waited for after.
type decision struct {
	steps   []step
	waiting string
	// halted: nothing is done, because that was aborted.
	halted bool
	// recheck is when to decide again; zero when an event will come.
	recheck time.Duration
}

func decide(f facts, now time.Time) decision {
	switch {
	case f.deleting():
		return tearDown(f, now)
	case f.clusterGone():
		return decision{waiting: "the cluster to be deleted"} // and with it this machine
	case f.wantsStop():
		return stop(f, now)
	}
	if d := prerequisites(f); d.waiting != "" {
		return d
	}
	if f.hasOldDisk() {
		return reimaging(f)
	}
	return empty(renew(trust(join(start(f, now), f, now), f), f, now), f)
}

// prerequisites for writing a boot file.
func prerequisites(f facts) decision {
	_, sizeKnown := size.Of(f.machine.Spec.Model.VMSize)
	switch {
	case !sizeKnown:
		return decision{waiting: fmt.Sprintf("machine size %s, which does not exist; make a pool of another size", f.machine.Spec.Model.VMSize)}
	case f.release == nil:
		return decision{waiting: fmt.Sprintf("release %s, which does not exist", f.machine.Spec.Model.Release), recheck: soon}
	case f.cluster.Status.Endpoint.InternalHost == "":
		return decision{waiting: "the address of the cluster's API server"}
	case f.clusterCA == "":
		return decision{waiting: "the cluster's certificate authority", recheck: soon}
	case f.foreign:
		return decision{waiting: "the namespace of the cluster's machines, whose name something else has"}
	case !f.namespace:
		return decision{waiting: "the namespace of the cluster's machines", recheck: soon}
	}
	return decision{}
}

// start a machine that does not run. Its boot file is brought up to date only then: it records what the machine booted with. The token for the
// registry may have expired while it was stopped.
func start(f facts, now time.Time) decision {
	d := decision{}
	down := f.instance.Phase == provider.Absent || f.instance.Phase == provider.Dead
	if f.file == nil || down && (!reflect.DeepEqual(f.file.Machine, f.wantedFile(nil)) || f.pulls && f.file.Pull.Due(now) || f.needsCertificate(now)) {
		d.steps = append(d.steps, writeFile)
	}
	if down || !f.instance.Disk {
		d.steps = append(d.steps, startInstance)
	}
	if down && f.instance.DiskDeleting {
		d.waiting, d.recheck = "the machine's old disk to be deleted", soon
	}
	return d
}

// join makes the machine a node. A node that an earlier machine of the same name left is deleted before this one gets its token, or its
// kubelet would take that node over.
func join(d decision, f facts, now time.Time) decision {
	switch {
	case !f.known:
		d.waiting = "the cluster's API server to answer"
		return d
	case f.stale():
		d.steps = append(append(d.steps, leftovers(f)...), deleteNode)
		d.waiting = "the node of an earlier machine to be removed"
		return d
	case f.file == nil:
		return d
	case f.ready() && !f.file.PublishedUntil.IsZero():
		d.steps = append(d.steps, revokeToken)
	case f.ready() && f.file.Certificate.Held():
		d.steps = append(d.steps, dropCertificate)
	case !f.ready():
		d = publish(d, f, now)
	}
	d.steps = append(d.steps, keepNode(f)...)
	return d
}

// keepNode makes the Node of a machine that is about to join, so that its kubelet finds there what it would have to wait for. A Node that is deleted
// later is not made again: the kubelet registers it when its agent has started it again, with labels that it alone knows.
func keepNode(f facts) (steps []step) {
	n := f.own()
	if n == nil {
		if !f.joined() && f.arriving() {
			steps = append(steps, makeNode)
		}
		return steps
	}
	if n.Spec.PodCIDR == "" {
		steps = append(steps, givePodCIDR)
	}
	switch {
	case f.ready() && node.ShutDown(n):
		steps = append(steps, untaint) // the patched node is an event, so what else differs comes next
	case !f.synced():
		steps = append(steps, syncNode)
	}
	return steps
}

// publish the token of a machine that may need a certificate: one that came with none, or is not Ready in spite of it.
func publish(d decision, f facts, now time.Time) decision {
	again := bootstrap.Lifetime - bootstrap.Renew
	switch first := f.file.Certificate; {
	case first.Suffices(now):
		again = first.AloneUntil().Sub(now)
	case f.file.PublishedUntil.Before(now.Add(bootstrap.Renew)):
		d.steps = append(d.steps, publishToken)
	}
	if d.recheck == 0 {
		d.recheck = again
	}
	return d
}

// trust gives a running machine the authorities that its cluster has now; one that starts finds them in its boot file.
func trust(d decision, f facts) decision {
	switch {
	case f.file == nil || f.wantedTrust() == f.file.Trust:
	case slices.ContainsFunc(d.steps, writesSecret):
		d.recheck = soon
	default:
		d.steps = append(d.steps, giveTrust)
	}
	return d
}

// writesSecret reports whether a step writes the machine's Secret. Of those, one is taken at a time.
func writesSecret(s step) bool {
	return s == writeFile || s == publishToken || s == revokeToken || s == dropCertificate || s == giveTrust
}

// renew the machine's token for the registry before it expires. Steps that write the same Secret come first; they are done in a moment.
func renew(d decision, f facts, now time.Time) decision {
	if f.file == nil || !f.pulls {
		return d
	}
	again := f.file.Pull.Until.Add(-pulltoken.Renew).Sub(now)
	switch {
	case !f.file.Pull.Due(now):
	case slices.ContainsFunc(d.steps, writesSecret):
		again = soon
	default:
		d.steps, again = append(d.steps, renewPullToken), pulltoken.Lifetime-pulltoken.Renew
	}
	if again = max(again, soon); d.recheck == 0 || again < d.recheck {
		d.recheck = again
	}
	return d
}

// tearDown drains a machine that is being deleted, and deletes it.
func tearDown(f facts, now time.Time) decision {
	switch {
	case f.clusterGone():
		return remove(f, deleteInstanceAtOnce)
	case !f.known && (f.joined() || f.madeAhead()) && !(f.stopping.cluster && f.down(now)):
		return decision{waiting: "the cluster's API server to answer, to drain the node", recheck: time.Minute}
	case f.mustDrain(now) && f.halted:
		return halt("deleted")
	case f.mustDrain(now) && !f.cordoned():
		return decision{steps: []step{cordon}, waiting: "the node to be cordoned", recheck: draining}
	case f.mustDrain(now) && !f.pods.Empty():
		return decision{steps: []step{f.emptying(now)}, waiting: "waiting for the node's Pods to end", recheck: draining}
	}
	return remove(f, deleteInstance)
}

// mustDrain reports whether Pods on the machine can still end gracefully, and get the time to.
func (f facts) mustDrain(now time.Time) bool {
	return f.instance.Phase == provider.Running && f.ready() && !f.drainOver(now)
}

// emptying is how a node's Pods are ended.
func (f facts) emptying(now time.Time) step {
	if f.ignoreBudgets || f.stopping.cluster && now.Sub(f.stopping.since) >= budgetTime {
		return deletePods
	}
	return evict
}

// remove the machine, then its node: a kubelet that still runs would register the node again.
func remove(f facts, how step) decision {
	if !f.instance.Gone() {
		return decision{steps: []step{how}, waiting: "the machine and its disk to be deleted", recheck: draining}
	}
	var steps []step
	if !f.clusterGone() && f.known && f.node != nil {
		steps = append(steps, deleteNode)
	}
	if !f.clusterGone() && f.known && f.file != nil && !f.file.PublishedUntil.IsZero() {
		steps = append(steps, revokeToken)
	}
	if !f.foreign {
		steps = append(steps, deleteFile)
	}
	return decision{steps: append(steps, removeFinalizer)}
}
