package machine

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/pulltoken"
)

func TestStop(t *testing.T) {
	up := []func(*facts){withBootFile, isRunning, apiServerAnswers, readyNode, synced}
	for sentence, c := range map[string]struct {
		facts   facts
		steps   []step
		waiting string
	}{
		"a machine that is to be stopped is tainted first": {
			given(append(up, stopped(0))...), []step{taintShutdown}, "the node to be tainted",
		},
		"a cordon of the customer's is no taint": {
			given(append(up, stopped(0), cordoned)...), []step{taintShutdown}, "the node to be tainted",
		},
		"then its Pods are evicted": {
			given(append(up, stopped(0), tainted, withPods)...), []step{evict}, "waiting for the node's Pods to end",
		},
		"budgets are kept as long as other nodes run": {
			given(append(up, stopped(drainTimeout-time.Second), tainted, withPods)...), []step{evict}, "waiting for the node's Pods to end",
		},
		"when the whole cluster stops, they are kept for a while": {
			given(append(up, stopped(budgetTime-time.Second), withCluster, tainted, withPods)...), []step{evict}, "waiting for the node's Pods to end",
		},
		"and then Pods are deleted with their grace period": {
			given(append(up, stopped(budgetTime), withCluster, tainted, withPods)...), []step{deletePods}, "waiting for the node's Pods to end",
		},
		"a machine whose Pods are gone is stopped": {
			given(append(up, stopped(0), tainted)...), []step{stopInstance}, "the machine to stop",
		},
		"one whose Pods do not end is stopped when the time is over": {
			given(append(up, stopped(drainTimeout), tainted, withPods)...), []step{stopInstance}, "the machine to stop",
		},
		"a node that is not Ready is not drained": {
			given(append(up, stopped(0), notReady, withPods)...), []step{stopInstance}, "the machine to stop",
		},
		"a machine of a cluster whose API server is down is stopped without a drain": {
			given(append(up, stopped(0), apiServerDown, withPods)...), []step{stopInstance}, "the machine to stop",
		},
		"an API server that is not ready for a moment is waited for": {
			given(append(up, stopped(0), tainted, withPods, apiServerRestarts)...), nil, "the cluster's API server to answer",
		},
		"so is one that a Lotse which was just started does not watch yet": {
			given(withBootFile, isRunning, stopped(0), onceRegistered), nil, "the cluster's API server to answer",
		},
		"and one after the machine has stopped": {
			given(withBootFile, deallocated, stopped(0), onceRegistered), nil, "the cluster's API server to answer",
		},
		"but not for longer than a drain": {
			given(withBootFile, isRunning, stopped(drainTimeout), onceRegistered), []step{stopInstance}, "the machine to stop",
		},
		"a machine that is being deleted keeps budgets no longer than the others when its cluster stops": {
			given(append(up, deleted(0), cordoned, withPods, withCluster, since(budgetTime))...), []step{deletePods}, "waiting for the node's Pods to end",
		},
		"nor does it wait for an API server that is down": {
			given(withBootFile, isRunning, onceRegistered, deleted(0), withCluster, apiServerDown), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"nor for Pods that do not end": {
			given(append(up, deleted(0), cordoned, withPods, withCluster, since(drainTimeout))...), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"a machine that is deallocated keeps budgets as long as it takes": {
			given(append(up, stopped(100*time.Hour), alone, tainted, withPods)...), []step{evict}, "waiting for the node's Pods to end",
		},
		"it waits for an API server that is down, because its pool needs one too": {
			given(append(up, stopped(100*time.Hour), alone, tainted, withPods, apiServerDown)...), nil, "the cluster's API server to answer",
		},
		"but not one that never was a node": {
			given(withBootFile, isRunning, stopped(0), alone), []step{stopInstance}, "the machine to stop",
		},
		"it is cleaned up after as long as it takes": {
			given(append(up, stopped(100*time.Hour), alone, tainted, deallocated, withLeft)...), []step{removeEndpoint}, "the Pods that were left on the node to go",
		},
		"a stop that was aborted leaves a machine as it is": {
			given(append(up, stopped(0), tainted, withPods, halted)...), nil, aborted("stopped"),
		},
		"also one that is yet to be tainted": {
			given(append(up, stopped(0), halted)...), nil, aborted("stopped"),
		},
		"a machine that has stopped is cleaned up after in spite of it": {
			given(append(up, stopped(0), tainted, deallocated, halted)...), []step{markStopped}, "the node to be reported as stopped",
		},
		"a removal that was aborted leaves a machine as it is": {
			given(append(up, deleted(0), cordoned, withPods, halted)...), nil, aborted("deleted"),
		},
		"but what was drained goes": {
			given(append(up, deleted(0), cordoned, absent, halted)...), []step{deleteNode, deleteFile, removeFinalizer}, "",
		},
		"a machine that is to run does, whatever was aborted": {
			given(withBootFile, deallocated, onceRegistered, halted), []step{startInstance}, "the cluster's API server to answer",
		},
		"a machine of a cluster that has never answered is stopped": {
			given(withBootFile, isRunning, stopped(0)), []step{stopInstance}, "the machine to stop",
		},
		"a machine that is on its way down is waited for": {
			given(append(up, stopped(0), tainted, ending)...), []step{stopInstance}, "the machine to stop",
		},
		"Pods that a stopped machine has left are removed": {
			given(append(up, stopped(0), tainted, deallocated, withLeft)...), []step{removeEndpoint}, "the Pods that were left on the node to go",
		},
		"then its node is reported as stopped": {
			given(append(up, stopped(0), tainted, deallocated)...), []step{markStopped}, "the node to be reported as stopped",
		},
		"then nothing is left to do": {
			given(append(up, stopped(0), tainted, deallocated, marked)...), nil, "",
		},
		"a drain that took all its time is cleaned up after": {
			given(append(up, stopped(drainTimeout), tainted, deallocated, withLeft)...), []step{removeEndpoint}, "the Pods that were left on the node to go",
		},
		"what cannot be cleaned up in time is left": {
			given(append(up, stopped(drainTimeout+cleanupTime), tainted, deallocated, withLeft)...), nil, "",
		},
		"nothing is asked of a control plane that is stopped": {
			given(withBootFile, deallocated, stopped(0), onceRegistered, clusterStopped), nil, "",
		},
		"a machine that was never made is not made": {
			given(stopped(0)), nil, "",
		},
		"a token for the registry is not renewed meanwhile": {
			given(append(up, stopped(0), tainted, deallocated, marked, pulls(0))...), nil, "",
		},
		"a stopped machine that is deleted goes with its node": {
			given(append(up, stopped(0), tainted, absent, deleted(0))...), []step{deleteNode, deleteFile, removeFinalizer}, "",
		},
		"a machine that is to run again starts on its disk": {
			given(withBootFile, deallocated, onceRegistered), []step{startInstance}, "the cluster's API server to answer",
		},
		"it gets a token for the registry that has not expired": {
			given(withBootFile, deallocated, onceRegistered, pulls(pulltoken.Renew-time.Minute)), []step{writeFile, startInstance}, "the cluster's API server to answer",
		},
		"its token is published, as its certificate may have expired": {
			given(append(up, tainted, marked)...), []step{publishToken}, "",
		},
		"the taint goes when its kubelet reports that it is Ready": {
			given(append(up, tainted)...), []step{untaint}, "",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			d := decide(c.facts, now)
			if !slices.Equal(d.steps, c.steps) || d.waiting != c.waiting {
				t.Errorf("steps %q waiting for %q,\nwant %q waiting for %q", d.steps, d.waiting, c.steps, c.waiting)
			}
		})
	}
}

func TestAStoppedMachineSaysSo(t *testing.T) {
	for sentence, c := range map[string]struct {
		facts   facts
		stopped bool
		reason  string
	}{
		"a machine that still drains runs": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, stopped(0), tainted, withPods), false, "Running",
		},
		"a machine whose node is not cleaned up has not stopped": {
			given(withBootFile, apiServerAnswers, readyNode, stopped(0), tainted, deallocated), false, "Waiting",
		},
		"a machine of which nothing is left to do is stopped": {
			given(withBootFile, apiServerAnswers, readyNode, stopped(0), tainted, deallocated, marked), true, "Stopped",
		},
		"it stays so while its control plane is stopped": {given(withBootFile, deallocated, stopped(0), onceRegistered, clusterStopped), true, "Stopped"},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := c.facts.machine
			describe(c.facts, decide(c.facts, now), metav1.NewTime(now))
			running := apimeta.FindStatusCondition(m.Status.Conditions, v1alpha1.MachineRunning)
			if m.Stopped() != c.stopped || running.Reason != c.reason {
				t.Errorf("stopped %t, condition %+v", m.Stopped(), running)
			}
			if ready := apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady); ready && c.facts.instance.Phase == provider.Absent {
				t.Error("a machine that does not run is Ready")
			}
		})
	}
}

func TestAMachineThatStartsIsNotReportedAsStopped(t *testing.T) {
	f := given(withBootFile, deallocated, stopped(0), onceRegistered, clusterStopped)
	describe(f, decide(f, now), metav1.NewTime(now))
	f.machine.Spec.PowerState = ""
	describe(f, decide(f, now), metav1.NewTime(now))
	ready := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineReady)
	if f.machine.Stopped() || ready.Message != "waiting for the cluster's API server to answer" {
		t.Errorf("conditions are %+v", f.machine.Status.Conditions)
	}
}

func TestADrainThatWasAbortedIsNoneThatIsDone(t *testing.T) {
	f := given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, deleted(0), cordoned, withPods, halted)
	describe(f, decide(f, now), metav1.NewTime(now))
	c := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineDrained)
	if c.Status != metav1.ConditionFalse || c.Reason != "Aborted" || c.Message != "waiting for "+aborted("deleted") {
		t.Errorf("the condition is %+v", c)
	}
}

// aborted is what a machine waits for whose stop or removal was aborted.
func aborted(becoming string) string {
	return "the next operation of the pool, because the one for which the machine is " + becoming + " was aborted"
}

func stopped(ago time.Duration) func(*facts) {
	return func(f *facts) { f.machine.Spec.PowerState, f.stopping.since = v1alpha1.Stopped, now.Add(-ago) }
}
func since(ago time.Duration) func(*facts) {
	return func(f *facts) { f.stopping.since = now.Add(-ago) }
}
func alone(f *facts)          { f.stopping.alone = true }
func halted(f *facts)         { f.halted = true }
func withCluster(f *facts)    { f.stopping.cluster = true }
func clusterStopped(f *facts) { f.cluster.Status.PowerState = v1alpha1.Stopped }
func apiServerRestarts(f *facts) {
	f.cluster.Status.Components = []v1alpha1.ComponentHealth{{Name: v1alpha1.ComponentAPIServer, Since: metav1.NewTime(now.Add(1 - downTime))}}
}
func tainted(f *facts)  { f.node = node.WithShutdownTaint(f.node) }
func marked(f *facts)   { f.node = node.Stopped(f.node, metav1.NewTime(now)) }
func withLeft(f *facts) { f.stopping.left = make([]corev1.Pod, 1) }
func deallocated(f *facts) {
	f.instance = provider.State{Phase: provider.Absent, Disk: true, Reason: "NoPod"}
}
func ending(f *facts) { f.instance = provider.State{Phase: provider.Stopping, Disk: true} }
func apiServerDown(f *facts) {
	f.cluster.Status.Components = []v1alpha1.ComponentHealth{{Name: v1alpha1.ComponentAPIServer}}
}
