package scenario

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/bench/measured"
	"lotse.dev/controlplane"
)

// TestSurvival: with two clusters in use, everything that can die dies and everything that can hang hangs, one after the other; then the
// whole host side is stopped and started. Each time the workload keeps serving or comes back by itself within the stated time, and nothing
// that was acknowledged is lost. It runs alone: it is no weather for other stories.
func TestSurvival(t *testing.T) {
	g := newGround(t)
	o := &ordeal{T: t, ground: g, ctx: t.Context()}
	t.Cleanup(func() { t.Log(o.report()); o.tell() })
	o.settled("both clusters are in use", time.Now(), 2*time.Minute)
	machine, controlPlane := g.machine(g.alpha, o.machineToKill()), g.controlPlane(g.beta)
	server := []casualty{controlPlane[controlplane.Etcd], controlPlane[controlplane.APIServer]}
	around := []casualty{
		controlPlane[controlplane.Konnectivity], controlPlane[controlplane.ControllerManager], controlPlane[controlplane.Scheduler],
	}

	o.part("what clusters and their service are made of dies", func(o *ordeal) {
		o.lanes(syscall.SIGKILL, append(server, around...), machine, []casualty{g.service()})
	})
	o.part("what they stand on dies", func(o *ordeal) {
		o.lanes(syscall.SIGKILL, append(append(g.host(), g.agent()), g.managementControlPlane()...))
	})
	o.part("machines and API server hang", func(o *ordeal) { o.lanes(syscall.SIGSTOP, server, machine) })
	o.part("the rest hangs, and a node is deleted by hand", func(o *ordeal) {
		var deleted sync.WaitGroup
		deleted.Go(func() { o.nodeDeletedByHand(g.alpha) })
		o.lanes(syscall.SIGSTOP, around[:1], around[1:2], around[2:], []casualty{g.service()})
		deleted.Wait()
	})
	o.part("the host hangs", func(o *ordeal) { o.lanes(syscall.SIGSTOP, g.host()) })
	o.part("the whole host side stops and starts", (*ordeal).powerCycle)
}

// part of the ordeal; what comes after a failed one would say nothing.
func (o *ordeal) part(name string, do func(*ordeal)) {
	if o.Failed() {
		return
	}
	o.Run(name, func(t *testing.T) {
		part := &ordeal{T: t, ground: o.ground, ctx: o.ctx}
		defer func() { o.table = append(o.table, part.table...) }()
		do(part)
	})
}

// ordeal is the story of what was struck and how it came back.
type ordeal struct {
	*testing.T
	*ground
	ctx context.Context

	mu    sync.Mutex
	table []outcome
}

type outcome struct {
	victim         string
	signal         syscall.Signal
	back, limit    time.Duration
	outage, silent time.Duration // measured, and allowed
}

// lanes strikes the casualties of each lane one after the other; the lanes do not touch each other and run side by side.
func (o *ordeal) lanes(signal syscall.Signal, lanes ...[]casualty) {
	o.Helper()
	var all sync.WaitGroup
	for _, lane := range lanes {
		all.Go(func() {
			for _, c := range lane {
				o.strike(c, signal)
			}
		})
	}
	all.Wait()
	o.audit()
}

// strike one casualty and wait until all is well again.
func (o *ordeal) strike(c casualty, signal syscall.Signal) {
	if o.Failed() {
		return // what follows would say nothing
	}
	struck, err := c.struck(o.ctx, signal)
	if err != nil {
		o.Error(err)
		return
	}
	at := time.Now()
	limit := c.Back.After(signal)
	replaced := false
	seen, ok := poll(o.ctx, limit, func() (bool, string) {
		if !replaced {
			var why string
			if replaced, why = c.Replaced(o.ctx, struck); !replaced {
				return false, why
			}
		}
		return well(o.ctx, at, c.checks)
	})
	now := time.Now()
	r := outcome{victim: c.Name, signal: signal, back: now.Sub(at), limit: limit, outage: outage(c.feels, at, now), silent: c.Outage}
	o.mu.Lock()
	o.table = append(o.table, r)
	o.mu.Unlock()
	o.Log(r)
	switch {
	case !ok:
		o.Errorf("%s after %v: all was not well within %s; last seen: %s", c.Name, signal, limit, seen)
	case r.outage > r.silent:
		o.Errorf("%s after %v: the workload answered nobody for %s, at most %s is stated", c.Name, signal, r.outage, r.silent)
	}
}

// outage of the worst of these workloads.
func outage(of []*subject, since, now time.Time) (worst time.Duration) {
	for _, s := range of {
		worst = max(worst, s.load.Outage(since, now))
	}
	return worst
}

// settled waits until everything is well.
func (o *ordeal) settled(what string, since time.Time, limit time.Duration) {
	o.Helper()
	seen, ok := poll(o.ctx, limit, func() (bool, string) { return well(o.ctx, since, o.everything()) })
	if !ok {
		o.Fatalf("%s: not well within %s; last seen: %s", what, limit, seen)
	}
	o.Logf("%s: all is well after %.1f s", what, time.Since(since).Seconds())
}

// audit compares all objects with what was acknowledged.
func (o *ordeal) audit() {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, time.Minute)
	defer cancel()
	for _, s := range o.subjects() {
		if err := s.ledger.Audit(ctx); err != nil {
			o.Errorf("cluster %s lost what it acknowledged: %v", s.name, err)
		}
	}
	if err := o.door.Audit(ctx); err != nil {
		o.Errorf("the front door lost what it acknowledged: %v", err)
	}
}

// machineToKill is one of alpha's.
func (o *ordeal) machineToKill() string {
	o.Helper()
	pods, err := o.machines(o.ctx, o.alpha)
	if err != nil || len(pods) == 0 {
		o.Fatalf("alpha's machines: %v", err)
	}
	return pods[0].Name
}

// powerCycle stops the whole host side and starts it again.
func (o *ordeal) powerCycle() {
	o.Helper()
	if out, err := lotse.program(o.ctx, "lotse", "down"); err != nil {
		o.Fatalf("lotse down: %v\n%s", err, out)
	}
	at := time.Now()
	if out, err := lotse.program(o.ctx, "lotse", "up", "--artifacts", lotse.artifacts); err != nil {
		o.Fatalf("lotse up: %v\n%s", err, out)
	}
	o.Logf("lotse up took %.1f s", time.Since(at).Seconds())
	o.settled("stopping and starting the whole host side", at, powerCycle)
	o.table = append(o.table, outcome{
		victim: "the whole host side", signal: syscall.SIGTERM, back: time.Since(at), limit: powerCycle, outage: outage(o.subjects(), at, time.Now()), silent: powerCycle,
	})
	o.audit()
}

// nodeDeletedByHand comes back: its machine's kubelet registers it again.
func (o *ordeal) nodeDeletedByHand(of *subject) {
	nodes, err := of.kube.CoreV1().Nodes().List(o.ctx, metav1.ListOptions{})
	if err != nil || len(nodes.Items) == 0 {
		o.Errorf("%s's nodes: %v", of.name, err)
		return
	}
	at, gone := time.Now(), nodes.Items[0]
	if err := of.kube.CoreV1().Nodes().Delete(o.ctx, gone.Name, metav1.DeleteOptions{}); err != nil {
		o.Error(err)
		return
	}
	const limit = 2 * time.Minute // it is asked for every 30 s
	seen, ok := poll(o.ctx, limit, func() (bool, string) {
		n, err := of.kube.CoreV1().Nodes().Get(o.ctx, gone.Name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		ready, why := readiness(*n)
		return ready && n.UID != gone.UID, why
	})
	if !ok {
		o.Errorf("node %s was deleted and is not back within %s: %s", gone.Name, limit, seen)
	}
	o.Logf("node %s was deleted by hand and is Ready again after %.1f s", gone.Name, time.Since(at).Seconds())
}

// report is the table of all outcomes.
func (o *ordeal) report() string {
	b := strings.Builder{}
	fmt.Fprintln(&b)
	for _, r := range o.table {
		fmt.Fprintln(&b, r)
	}
	for _, s := range o.subjects() {
		asked, answered := s.load.Answers()
		acknowledged, refused := s.ledger.Totals()
		fmt.Fprintf(&b, "%s: %d of %d requests answered, %d writes acknowledged, %d not\n", s.name, answered, asked, acknowledged, refused)
	}
	return b.String()
}

// tell the page of benchmarks.
func (o *ordeal) tell() {
	for _, r := range o.table {
		f := measured.Figure{
			Table: "Recovery after each kind of kill and hang", Name: r.victim + ", " + r.signal.String(), Took: r.back, Stated: r.limit, Silent: r.outage,
		}
		if err := measured.Record(f); err != nil {
			o.Error(err)
		}
	}
}

// String implements fmt.Stringer.
func (r outcome) String() string {
	return fmt.Sprintf("%-32s %-8s well after %5.1f s (stated %3.0f)   workload silent for %4.1f s (stated %3.0f)",
		r.victim, strings.ToUpper(r.signal.String()), r.back.Seconds(), r.limit.Seconds(), r.outage.Seconds(), r.silent.Seconds())
}
