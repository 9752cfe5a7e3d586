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

	"lotse.dev/api/v1alpha1"
	"lotse.dev/bench/measured"
)

// TestSurvival: with two clusters in use, everything that can die dies and everything that can hang hangs, one after the other; then the
// whole host side is stopped and started. Each time the workload keeps serving or recovers by itself within the stated time, and nothing
// that was acknowledged is lost. It runs alone, because other stories would notice its faults.
func TestSurvival(t *testing.T) {
	f := takeFixture(t)
	t.Cleanup(func() { f.leave(t, false) })
	e := &experiment{T: t, fixture: f, ctx: t.Context()}
	t.Cleanup(func() { t.Log(e.report()); e.publish() })
	e.awaitHealthy("both clusters are in use", time.Now(), 2*time.Minute)
	machine, controlPlane := f.machine(f.alpha, e.machineToKill()), f.controlPlane(f.beta)
	server := []target{controlPlane[v1alpha1.ComponentEtcd], controlPlane[v1alpha1.ComponentAPIServer]}
	others := []target{
		controlPlane[v1alpha1.ComponentKonnectivity], controlPlane[v1alpha1.ComponentControllerManager], controlPlane[v1alpha1.ComponentScheduler],
	}

	e.part("clusters and Lotse itself are killed", func(e *experiment) {
		e.inject(syscall.SIGKILL, append(server, others...), machine, []target{f.service()})
	})
	e.part("host and management cluster are killed", func(e *experiment) {
		e.inject(syscall.SIGKILL, append(append(f.host(), f.agent()), f.managementControlPlane()...))
	})
	e.part("machines and API server hang", func(e *experiment) { e.inject(syscall.SIGSTOP, server, machine) })
	e.part("the rest hangs, and a node is deleted by hand", func(e *experiment) {
		var deleted sync.WaitGroup
		deleted.Go(func() { e.nodeDeletedByHand(f.alpha) })
		e.inject(syscall.SIGSTOP, others[:1], others[1:2], others[2:], []target{f.service()})
		deleted.Wait()
	})
	e.part("the host hangs", func(e *experiment) { e.inject(syscall.SIGSTOP, f.host()) })
	e.part("the whole host side stops and starts", (*experiment).powerCycle)
}

// part of the experiment. After one that failed the others would say nothing.
func (e *experiment) part(name string, do func(*experiment)) {
	if e.Failed() {
		return
	}
	e.Run(name, func(t *testing.T) {
		part := &experiment{T: t, fixture: e.fixture, ctx: e.ctx}
		defer func() { e.table = append(e.table, part.table...) }()
		do(part)
	})
}

// experiment injects faults into a fixture and measures the recoveries.
type experiment struct {
	*testing.T
	*fixture
	ctx context.Context

	mu    sync.Mutex
	table []outcome
}

type outcome struct {
	target             string
	signal             syscall.Signal
	recovery, limit    time.Duration
	outage, outageMost time.Duration // measured, and allowed
}

// inject faults into the targets of each row one after the other. The rows do not affect each other and run side by side.
func (e *experiment) inject(signal syscall.Signal, rows ...[]target) {
	e.Helper()
	var all sync.WaitGroup
	for _, row := range rows {
		all.Go(func() {
			for _, t := range row {
				e.injectOne(t, signal)
			}
		})
	}
	all.Wait()
	e.verify()
}

// injectOne injects one fault and waits until everything is healthy again.
func (e *experiment) injectOne(t target, signal syscall.Signal) {
	if e.Failed() {
		return // the others would say nothing
	}
	hit, err := t.inject(e.ctx, signal)
	if err != nil {
		e.Error(err)
		return
	}
	at := time.Now()
	limit := t.Recovery.After(signal)
	replaced := false
	seen, ok := poll(e.ctx, limit, func() (bool, string) {
		if !replaced {
			var why string
			if replaced, why = t.Replaced(e.ctx, hit); !replaced {
				return false, why
			}
		}
		return healthy(e.ctx, at, t.checks)
	})
	now := time.Now()
	r := outcome{target: t.Name, signal: signal, recovery: now.Sub(at), limit: limit, outage: outage(t.measured, at, now), outageMost: t.Outage}
	e.mu.Lock()
	e.table = append(e.table, r)
	e.mu.Unlock()
	e.Log(r)
	switch {
	case !ok:
		e.Errorf("%s after %v: not everything was healthy within %s; last seen: %s", t.Name, signal, limit, seen)
	case r.outage > r.outageMost:
		e.Errorf("%s after %v: the workload did not answer for %s, at most %s is stated", t.Name, signal, r.outage, r.outageMost)
	}
}

// outage of the worst of these workloads.
func outage(of []*subject, since, now time.Time) (worst time.Duration) {
	for _, s := range of {
		worst = max(worst, s.load.Outage(since, now))
	}
	return worst
}

// awaitHealthy waits until everything is healthy.
func (e *experiment) awaitHealthy(what string, since time.Time, limit time.Duration) {
	e.Helper()
	seen, ok := poll(e.ctx, limit, func() (bool, string) { return healthy(e.ctx, since, e.everything()) })
	if !ok {
		e.Fatalf("%s: not everything is healthy within %s; last seen: %s", what, limit, seen)
	}
	e.Logf("%s: everything is healthy after %.1f s", what, time.Since(since).Seconds())
}

// verify compares all objects with what was acknowledged.
func (e *experiment) verify() {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	for _, s := range e.subjects() {
		if err := s.record.Verify(ctx); err != nil {
			e.Errorf("cluster %s lost what it acknowledged: %v", s.name, err)
		}
	}
	if err := e.frontDoor.Verify(ctx); err != nil {
		e.Errorf("the front door lost what it acknowledged: %v", err)
	}
}

// machineToKill is one of alpha's.
func (e *experiment) machineToKill() string {
	e.Helper()
	pods, err := e.machines(e.ctx, e.alpha)
	if err != nil || len(pods) == 0 {
		e.Fatalf("alpha's machines: %v", err)
	}
	return pods[0].Name
}

// powerCycle stops the whole host side and starts it again.
func (e *experiment) powerCycle() {
	e.Helper()
	if out, err := lotse.program(e.ctx, "lotse", "down"); err != nil {
		e.Fatalf("lotse down: %v\n%s", err, out)
	}
	at := time.Now()
	if out, err := lotse.program(e.ctx, "lotse", "up", "--artifacts", lotse.artifacts); err != nil {
		e.Fatalf("lotse up: %v\n%s", err, out)
	}
	e.Logf("lotse up took %.1f s", time.Since(at).Seconds())
	e.awaitHealthy("stopping and starting the whole host side", at, powerCycle)
	e.table = append(e.table, outcome{
		target: "the whole host side", signal: syscall.SIGTERM, recovery: time.Since(at), limit: powerCycle,
		outage: outage(e.subjects(), at, time.Now()), outageMost: powerCycle,
	})
	e.verify()
}

// nodeDeletedByHand checks that a node which a user deleted is registered again by its machine's kubelet.
func (e *experiment) nodeDeletedByHand(of *subject) {
	nodes, err := of.kube.CoreV1().Nodes().List(e.ctx, metav1.ListOptions{})
	if err != nil || len(nodes.Items) == 0 {
		e.Errorf("%s's nodes: %v", of.name, err)
		return
	}
	at, gone := time.Now(), nodes.Items[0]
	if err := of.kube.CoreV1().Nodes().Delete(e.ctx, gone.Name, metav1.DeleteOptions{}); err != nil {
		e.Error(err)
		return
	}
	const limit = 2 * time.Minute // the agent looks for it every 30 s
	seen, ok := poll(e.ctx, limit, func() (bool, string) {
		n, err := of.kube.CoreV1().Nodes().Get(e.ctx, gone.Name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		ready, why := readiness(*n)
		return ready && n.UID != gone.UID, why
	})
	if !ok {
		e.Errorf("node %s was deleted and is not back within %s: %s", gone.Name, limit, seen)
	}
	e.Logf("node %s was deleted by hand and is Ready again after %.1f s", gone.Name, time.Since(at).Seconds())
}

// report is the table of all outcomes.
func (e *experiment) report() string {
	b := strings.Builder{}
	fmt.Fprintln(&b)
	for _, r := range e.table {
		fmt.Fprintln(&b, r)
	}
	for _, s := range e.subjects() {
		asked, answered := s.load.Answers()
		acknowledged, refused := s.record.Totals()
		fmt.Fprintf(&b, "%s: %d of %d requests answered, %d writes acknowledged, %d not\n", s.name, answered, asked, acknowledged, refused)
	}
	return b.String()
}

// publish the figures for the page of benchmarks.
func (e *experiment) publish() {
	for _, r := range e.table {
		f := measured.Figure{
			Table: "Recovery after each kind of kill and hang", Name: r.target + ", " + r.signal.String(), Took: r.recovery, Stated: r.limit, Silent: r.outage,
		}
		if err := measured.Record(f); err != nil {
			e.Error(err)
		}
	}
}

// String implements fmt.Stringer.
func (r outcome) String() string {
	return fmt.Sprintf("%-32s %-8s healthy after %5.1f s (stated %3.0f)   workload without an answer for %4.1f s (stated %3.0f)",
		r.target, strings.ToUpper(r.signal.String()), r.recovery.Seconds(), r.limit.Seconds(), r.outage.Seconds(), r.outageMost.Seconds())
}
