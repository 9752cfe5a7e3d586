package scenario

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/scenario/survival"
)

// target of faults, and what has to be healthy again after one.
type target struct {
	survival.Target
	checks []check
	// measured are the clusters whose workload must not be without an answer for long.
	measured []*subject
}

// inject a fault as soon as the target runs, and answer with the processes that were hit. A target that was healthy a moment ago may be
// unready once more, such as every container of a host whose kubelet has just started.
func (t target) inject(ctx context.Context, signal syscall.Signal) (hit []survival.Process, err error) {
	const limit = 3 * time.Minute
	if seen, ok := poll(ctx, limit, func() (bool, string) {
		hit, err = t.Inject(ctx, signal)
		return err == nil, fmt.Sprint(err)
	}); !ok {
		return nil, fmt.Errorf("%s did not run within %s, so that no fault could be injected: %s", t.Name, limit, seen)
	}
	return hit, nil
}

// The stated times, for a small machine that does other things too (docs/design/survival.md). A kubelet notices a hang within 40 s,
// an agent within 28 s; a Lotse that restarts takes its own lease again, and renews it
// each 10 s.
const (
	noOutage   = 5 * time.Second   // without an answer of the workload, where none of its processes is hit
	restart    = 45 * time.Second  // of a program
	election   = 90 * time.Second  // of a program that leads
	hang       = 90 * time.Second  // found by a kubelet, and a restart
	hangLeader = 120 * time.Second // the same of a program that leads
	hangAgent  = 75 * time.Second  // found by an agent, and a restart
	reboot     = 2 * time.Minute   // of a machine
	powerCycle = 4 * time.Minute   // of the whole host side
)

// controlPlane of a cluster: each of its containers. The checks after a fault are about what the target does, so that faults of several can
// be injected at the same time.
func (f *fixture) controlPlane(s *subject) map[string]target {
	all := map[string]target{}
	for _, c := range []struct {
		pods, container string
		recovery        survival.Limit
		checks          []check
	}{
		{v1alpha1.ComponentEtcd, v1alpha1.ComponentEtcd, survival.Limit{Killed: election, Hung: hangLeader}, f.checksOf(s)},
		{v1alpha1.ComponentAPIServer, v1alpha1.ComponentAPIServer, survival.Limit{Killed: election, Hung: hangLeader}, f.checksOf(s)},
		{v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity, survival.Limit{Killed: restart, Hung: hang}, s.onNodes()},
		{v1alpha1.ComponentControllerManager, v1alpha1.ComponentControllerManager, survival.Limit{Killed: election, Hung: hangLeader}, s.controllers()},
		{v1alpha1.ComponentControllerManager, v1alpha1.ComponentScheduler, survival.Limit{Killed: election, Hung: hangLeader}, s.scheduler()},
	} {
		find := survival.Container(f.management, v1alpha1.ControlPlaneNamespace(s.object), v1alpha1.LabelComponent+"="+c.pods, c.container)
		t := survival.Target{Name: s.name + "'s " + c.container, Find: find, Recovery: c.recovery, Outage: noOutage}
		all[c.container] = target{t, c.checks, []*subject{s}}
	}
	return all
}

// machine of a cluster: its node's processes, then all of it. The workload continues on the cluster's other node.
func (f *fixture) machine(s *subject, name string) []target {
	namespace := v1alpha1.NodesNamespace(s.object)
	agent := survival.Limit{Killed: restart, Hung: hangAgent}
	inside := func(program string) target {
		find := survival.Inside(f.management, namespace, name, program)
		return target{survival.Target{Name: s.name + "'s " + program, Find: find, Recovery: agent, Outage: noOutage}, s.onNodes(), []*subject{s}}
	}
	whole := survival.Target{
		Name: s.name + "'s machine", Find: survival.Whole(f.management, namespace, name),
		Recovery: survival.Limit{Killed: reboot, Hung: reboot + hang}, Outage: 2 * noOutage,
	}
	return []target{inside("kubelet"), inside("containerd"), {whole, f.checksOf(s), []*subject{s}}}
}

// service is Lotse itself. Faults are injected into it and into machines of alpha at the same time.
func (f *fixture) service() target {
	return target{survival.Target{
		Name: "Lotse", Find: survival.Container(f.management, v1alpha1.SystemNamespace, "app.kubernetes.io/name=lotse", "lotse"),
		Recovery: survival.Limit{Killed: election, Hung: hangLeader}, Outage: noOutage,
	}, f.checksOfService(), []*subject{f.beta}}
}

// host is what the host's agent supervises.
func (f *fixture) host() (all []target) {
	agent := survival.Limit{Killed: restart, Hung: hangAgent}
	for _, program := range []string{"kubelet", "containerd"} {
		t := survival.Target{Name: "the host's " + program, Find: survival.OfHost(hostAgent, program), Recovery: agent, Outage: noOutage}
		all = append(all, target{t, f.everything(), f.subjects()})
	}
	return all
}

// agent of the host. Its processes die with it; the containers do not.
func (f *fixture) agent() target {
	recovery := survival.Limit{Killed: restart}
	t := survival.Target{Name: "the host's agent", Find: survival.HostAgent, Recovery: recovery, Outage: noOutage}
	return target{t, f.everything(), f.subjects()}
}

// managementControlPlane is what the service itself depends on.
func (f *fixture) managementControlPlane() (all []target) {
	recovery := survival.Limit{Killed: election + restart, Hung: hangLeader + restart} // Lotse may lose its lease, and leads again
	for _, component := range []string{"etcd", "kube-apiserver"} {
		find := survival.Container(f.management, "kube-system", "app.kubernetes.io/name="+component, component)
		t := survival.Target{Name: "the management " + component, Find: find, Recovery: recovery, Outage: noOutage}
		all = append(all, target{t, f.checksOfService(), f.subjects()})
	}
	return all
}
