package scenario

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/scenario/survival"
)

// casualty is a victim, and what has to be well again after it was struck.
type casualty struct {
	survival.Victim
	checks []check
	// feels are those whose workloads are listened to.
	feels []*subject
}

// struck is who took the blow. It falls as soon as the victim is there: what was well a moment ago may be unready once more, such as
// every container of a host whose kubelet has just started.
func (c casualty) struck(ctx context.Context, signal syscall.Signal) (struck []survival.Process, err error) {
	const limit = 3 * time.Minute
	if seen, ok := poll(ctx, limit, func() (bool, string) {
		struck, err = c.Strike(ctx, signal)
		return err == nil, fmt.Sprint(err)
	}); !ok {
		return nil, fmt.Errorf("%s was not there to be struck within %s: %s", c.Name, limit, seen)
	}
	return struck, nil
}

// The stated times, for a small machine that does other things too (docs/design/survival.md). What hangs is found within half a minute
// where the kubelet looks and within 20 s where an agent does; a Lotse that comes back waits 15 s for the old one's lease.
const (
	aMoment    = 5 * time.Second   // without an answer of the workload, where nothing of it is hit
	restart    = 45 * time.Second  // of a program
	election   = 90 * time.Second  // of a program that leads
	hang       = 90 * time.Second  // found by a kubelet, and a restart
	hangLeader = 120 * time.Second // the same of a program that leads
	hangAgent  = 75 * time.Second  // found by an agent, and a restart
	reboot     = 2 * time.Minute   // of a machine
	powerCycle = 4 * time.Minute   // of the whole host side
)

// controlPlane of a cluster: each of its containers. What is checked after a strike is what the victim does, so that several can be struck
// at the same time.
func (g *ground) controlPlane(s *subject) map[string]casualty {
	all := map[string]casualty{}
	for _, c := range []struct {
		pods, container string
		back            survival.Limit
		checks          []check
	}{
		{v1alpha1.ComponentEtcd, v1alpha1.ComponentEtcd, survival.Limit{Killed: election, Hung: hangLeader}, g.checksOf(s)},
		{v1alpha1.ComponentAPIServer, v1alpha1.ComponentAPIServer, survival.Limit{Killed: election, Hung: hangLeader}, g.checksOf(s)},
		{v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity, survival.Limit{Killed: restart, Hung: hang}, s.onNodes()},
		{v1alpha1.ComponentControllerManager, v1alpha1.ComponentControllerManager, survival.Limit{Killed: election, Hung: hangLeader}, s.controllers()},
		{v1alpha1.ComponentScheduler, v1alpha1.ComponentScheduler, survival.Limit{Killed: election, Hung: hangLeader}, s.scheduler()},
	} {
		find := survival.Container(g.management, v1alpha1.ControlPlaneNamespace(s.object), v1alpha1.LabelComponent+"="+c.pods, c.container)
		v := survival.Victim{Name: s.name + "'s " + c.container, Find: find, Back: c.back, Outage: aMoment}
		all[c.container] = casualty{v, c.checks, []*subject{s}}
	}
	return all
}

// machine of a cluster: its node's processes, then all of it. The workload continues on the cluster's other node.
func (g *ground) machine(s *subject, name string) []casualty {
	namespace := v1alpha1.NodesNamespace(s.object)
	agent := survival.Limit{Killed: restart, Hung: hangAgent}
	inside := func(program string) casualty {
		find := survival.Inside(g.management, namespace, name, program)
		return casualty{survival.Victim{Name: s.name + "'s " + program, Find: find, Back: agent, Outage: aMoment}, s.onNodes(), []*subject{s}}
	}
	whole := survival.Victim{
		Name: s.name + "'s machine", Find: survival.Whole(g.management, namespace, name),
		Back: survival.Limit{Killed: reboot, Hung: reboot + hang}, Outage: 2 * aMoment,
	}
	return []casualty{inside("kubelet"), inside("containerd"), {whole, g.checksOf(s), []*subject{s}}}
}

// service is Lotse itself. It is struck while machines of alpha are.
func (g *ground) service() casualty {
	return casualty{survival.Victim{
		Name: "Lotse", Find: survival.Container(g.management, v1alpha1.SystemNamespace, "app.kubernetes.io/name=lotse", "lotse"),
		Back: survival.Limit{Killed: election, Hung: hangLeader}, Outage: aMoment,
	}, g.checksOfService(), []*subject{g.beta}}
}

// host is what the host's agent keeps.
func (g *ground) host() (all []casualty) {
	agent := survival.Limit{Killed: restart, Hung: hangAgent}
	for _, program := range []string{"kubelet", "containerd"} {
		v := survival.Victim{Name: "the host's " + program, Find: survival.OfHost(hostAgent, program), Back: agent, Outage: aMoment}
		all = append(all, casualty{v, g.everything(), g.subjects()})
	}
	return all
}

// agent of the host. Its processes die with it; the containers do not.
func (g *ground) agent() casualty {
	back := survival.Limit{Killed: restart}
	return casualty{survival.Victim{Name: "the host's agent", Find: survival.HostAgent, Back: back, Outage: aMoment}, g.everything(), g.subjects()}
}

// managementControlPlane is what the service itself stands on.
func (g *ground) managementControlPlane() (all []casualty) {
	back := survival.Limit{Killed: election + restart, Hung: hangLeader + restart} // Lotse may lose its lease, and leads again
	for _, component := range []string{"etcd", "kube-apiserver"} {
		find := survival.Container(g.management, "kube-system", "app.kubernetes.io/name="+component, component)
		v := survival.Victim{Name: "the management " + component, Find: find, Back: back, Outage: aMoment}
		all = append(all, casualty{v, g.checksOfService(), g.subjects()})
	}
	return all
}
