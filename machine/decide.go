package machine

import (
	"fmt"
	"reflect"
	"time"

	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/size"
)

const (
	// drainTimeout is AKS's default.
	drainTimeout = 30 * time.Minute
	// Rechecks of what sends no event.
	soon     = time.Second     // a Secret that another controller is about to write
	draining = 2 * time.Second // Pods in the hosted cluster
)

// step is one thing to do. Every step can be done again.
type step string

const (
	writeFile     step = "write the boot file"
	startInstance step = "start the machine"
	deleteNode    step = "delete the node"
	putToken      step = "let the hosted cluster know the token"
	takeToken     step = "take the token back"
	syncNode      step = "sync the node"
	cordon        step = "cordon the node"
	evict         step = "evict the node's Pods"
	stopInstance  step = "delete the machine and its disk"
	killInstance  step = "delete the machine and its disk at once"
	deleteFile    step = "delete the boot file"
	letGo         step = "remove the finalizer"
)

// decision is what to do now, in order, and what is waited for after.
type decision struct {
	steps   []step
	waiting string
	// recheck is zero when an event will come.
	recheck time.Duration
}

func decide(f facts, now time.Time) decision {
	switch {
	case f.leaving():
		return leave(f, now)
	case f.clusterGone():
		return decision{waiting: "the cluster to be deleted"} // and with it this machine
	}
	if d := prerequisites(f); d.waiting != "" {
		return d
	}
	d := start(f)
	return join(d, f, now)
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
	case !f.namespace:
		return decision{waiting: "the namespace of the cluster's machines", recheck: soon}
	}
	return decision{}
}

// start a machine that does not run. Its boot file is brought up to date then, and only then: it tells what the machine booted with.
func start(f facts) decision {
	d := decision{}
	down := f.instance.Phase == provider.Absent || f.instance.Phase == provider.Dead
	if f.file == nil || down && !reflect.DeepEqual(f.file.Machine, f.wantedFile(nil)) {
		d.steps = append(d.steps, writeFile)
	}
	if down || !f.instance.Disk {
		d.steps = append(d.steps, startInstance)
	}
	return d
}

// join makes a node of the machine. A node that an earlier machine of the same name left must go before this one may ask to be let in, or
// its kubelet would take it over.
func join(d decision, f facts, now time.Time) decision {
	switch {
	case !f.known:
		d.waiting = "the cluster's API server to answer"
		return d
	case f.stale():
		d.steps = append(d.steps, deleteNode)
		d.waiting = "the node of an earlier machine to be removed"
		return d
	case f.file == nil:
		return d
	case f.ready() && !f.file.HostedUntil.IsZero():
		d.steps = append(d.steps, takeToken)
	case !f.ready():
		d.recheck = bootstrap.Lifetime - bootstrap.Renew
		if f.file.HostedUntil.Before(now.Add(bootstrap.Renew)) {
			d.steps = append(d.steps, putToken)
		}
	}
	if f.own() != nil && !f.inSync() {
		d.steps = append(d.steps, syncNode)
	}
	return d
}

// leave takes a machine out of its cluster and ends it.
func leave(f facts, now time.Time) decision {
	switch {
	case f.clusterGone():
		return end(f, killInstance)
	case !f.known && f.joined():
		return decision{waiting: "the cluster's API server to answer, to drain the node", recheck: time.Minute}
	case f.mustDrain(now) && !f.cordoned():
		return decision{steps: []step{cordon}, waiting: "the node to be cordoned", recheck: draining}
	case f.mustDrain(now) && !f.pods.Empty():
		return decision{steps: []step{evict}, recheck: draining}
	}
	return end(f, stopInstance)
}

// mustDrain reports whether Pods on the machine can still end gracefully, and may take their time to.
func (f facts) mustDrain(now time.Time) bool {
	return f.instance.Phase == provider.Running && f.ready() && !f.drainOver(now)
}

// end a machine. The node goes after the machine: a kubelet that still runs would register it again.
func end(f facts, stop step) decision {
	if !f.instance.Gone() {
		return decision{steps: []step{stop}, waiting: "the machine and its disk to be deleted", recheck: draining}
	}
	var steps []step
	if !f.clusterGone() && f.known && f.own() != nil {
		steps = append(steps, deleteNode)
	}
	if !f.clusterGone() && f.known && f.file != nil && !f.file.HostedUntil.IsZero() {
		steps = append(steps, takeToken)
	}
	return decision{steps: append(steps, deleteFile, letGo)}
}
