package machine

import (
	"slices"
	"testing"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
)

func toDrain(f *facts) {
	f.machine.Spec.Drain = &v1alpha1.Drain{Rollout: 2, Since: metav1.NewTime(now)}
}
func inQuarantine(f *facts)  { toDrain(f); f.machine.Spec.Drain.Quarantined = true }
func serviceCordon(f *facts) { f.node = node.WithCordon(f.node) }

// reimaged is a machine that was just given another image.
func reimaged(f *facts) { f.machine.Spec.Reimages = 1 }
func newDisk(f *facts)  { f.instance.DiskGeneration = 1 }
func stopping1(f *facts) {
	f.instance = provider.State{Phase: provider.Stopping, Disk: true, DiskDeleting: true}
}
func readySince(ago time.Duration, status metav1.ConditionStatus) func(*facts) {
	return func(f *facts) {
		f.machine.Status.Conditions = append(f.machine.Status.Conditions,
			metav1.Condition{Type: v1alpha1.MachineReady, Status: status, LastTransitionTime: metav1.NewTime(now.Add(-ago))})
	}
}

func TestDecideAboutAnotherImage(t *testing.T) {
	up := []func(*facts){withBootFile, isRunning, apiServerAnswers, readyNode, synced}
	was := append(slices.Clone(up), reimaged) // its node is now that of the earlier disk
	with := func(first []func(*facts), more ...func(*facts)) facts {
		return given(append(slices.Clone(first), more...)...)
	}
	for sentence, c := range map[string]struct {
		facts   facts
		steps   []step
		waiting string
	}{
		"a node is cordoned before it is drained":                    {with(up, toDrain), []step{cordonForImage}, "the node to be cordoned"},
		"then its Pods are evicted":                                  {with(up, toDrain, serviceCordon, withPods), []step{evict}, "waiting for the node's Pods to end"},
		"an empty node waits for the rollout":                        {with(up, toDrain, serviceCordon), nil, ""},
		"a node that its customer cordoned is drained too":           {with(up, toDrain, cordoned, withPods), []step{evict}, "waiting for the node's Pods to end"},
		"a node that is not Ready is left alone":                     {with(up, toDrain, notReady, tokenPublished(time.Hour)), nil, ""},
		"a quarantined node keeps its Pods and its cordon":           {with(up, inQuarantine, synced, serviceCordon, withPods), nil, ""},
		"it is labelled":                                             {with(up, inQuarantine, serviceCordon, withPods), []step{syncNode}, ""},
		"a node whose drain was given up is uncordoned":              {with(up, serviceCordon), []step{uncordon}, ""},
		"but not one that its customer cordoned":                     {with(up, cordoned), nil, ""},
		"a machine with another image is stopped, and its disk goes": {with(was), []step{reimage}, "the machine to stop and its old disk to be deleted"},
		"also while its API server is away":                          {with(was, func(f *facts) { f.known, f.node = false, nil }), []step{reimage}, "the machine to stop and its old disk to be deleted"},
		"its node stays as long as anything of it runs":              {with(was, stopping1), []step{reimage}, "the machine to stop and its old disk to be deleted"},
		"then the node goes, and what it left first": {
			with(was, diskDeleting, withLeft), []step{reimage, removeEndpoint, deleteNode}, "the machine to stop and its old disk to be deleted",
		},
		"when the disk is gone it starts as a new machine, with a certificate": {
			with(was, absent, func(f *facts) { f.node = nil }), []step{writeFile, startInstance, publishToken}, "",
		},
		"a node that is left then goes before it joins": {
			with(was, absent), []step{writeFile, startInstance, deleteNode}, "the node of an earlier machine to be removed",
		},
		"on its new disk it joins as any new machine":          {with(was, newDisk, func(f *facts) { f.node = nil }, withCertificate(24*time.Hour)), []step{makeNode}, ""},
		"when it has joined it is left alone":                  {with(up, reimaged, newDisk, synced), nil, ""},
		"a machine that is deleted meanwhile leaves no node":   {with(was, absent, deleted(0)), []step{deleteNode, deleteFile, removeFinalizer}, ""},
		"a machine that is stopped is not reimaged until then": {with(was, stopped(0), deallocated), nil, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			if d := decide(c.facts, now); !slices.Equal(d.steps, c.steps) || d.waiting != c.waiting {
				t.Errorf("steps %q waiting for %q,\nwant %q waiting for %q", d.steps, d.waiting, c.steps, c.waiting)
			}
		})
	}
}

func TestDrainedForAnotherImage(t *testing.T) {
	up := []func(*facts){withBootFile, isRunning, apiServerAnswers, readyNode, synced, onceRegistered, toDrain}
	with := func(more ...func(*facts)) facts { return given(append(slices.Clone(up), more...)...) }
	for sentence, c := range map[string]struct {
		facts  facts
		status metav1.ConditionStatus
		reason string
	}{
		"a node that is not cordoned is not drained":          {with(), metav1.ConditionFalse, "Draining"},
		"nor is one with Pods":                                {with(serviceCordon, withPods), metav1.ConditionFalse, "Draining"},
		"a cordoned node without Pods is":                     {with(serviceCordon), metav1.ConditionTrue, "Drained"},
		"without an API server nothing is known":              {with(serviceCordon, func(f *facts) { f.known = false }), metav1.ConditionFalse, "Draining"},
		"a node that is not Ready for a moment is waited for": {with(notReady, readySince(time.Minute, metav1.ConditionUnknown)), metav1.ConditionFalse, "Draining"},
		"one that is not Ready for long is given up":          {with(notReady, readySince(2*time.Minute, metav1.ConditionUnknown)), metav1.ConditionTrue, "NotReady"},
	} {
		t.Run(sentence, func(t *testing.T) {
			describe(c.facts, decide(c.facts, now), metav1.NewTime(now))
			got := apimeta.FindStatusCondition(c.facts.machine.Status.Conditions, v1alpha1.MachineDrained)
			if got == nil || got.Status != c.status || got.Reason != c.reason {
				t.Errorf("condition is %+v", got)
			}
		})
	}
	over := with(serviceCordon)
	describe(over, decide(over, now), metav1.NewTime(now))
	over.machine.Spec.Drain = nil
	describe(over, decide(over, now), metav1.NewTime(now))
	if c := apimeta.FindStatusCondition(over.machine.Status.Conditions, v1alpha1.MachineDrained); c != nil {
		t.Errorf("a machine that is drained no more says %+v", c)
	}
}

func TestAReimagedMachineJoinsAsANewOne(t *testing.T) {
	f := given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, onceRegistered, reimaged)
	describe(f, decide(f, now), metav1.NewTime(now))
	newDisk(&f)
	f.node = nil
	withCertificate(24 * time.Hour)(&f)
	if d := decide(f, now); f.joined() || !slices.Equal(d.steps, []step{makeNode}) {
		t.Errorf("its node is not made ahead: %q, joined before: %t", d.steps, f.joined())
	}
}

func TestTheReasonOfAQuarantineStays(t *testing.T) {
	f := given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, onceRegistered, toDrain, serviceCordon, withPods)
	d := decide(f, now)
	d.waiting = "waiting for PodDisruptionBudget default/web"
	describe(f, d, metav1.NewTime(now))
	inQuarantine(&f)
	describe(f, decide(f, now), metav1.NewTime(now))
	if c := apimeta.FindStatusCondition(f.machine.Status.Conditions, v1alpha1.MachineDrained); c == nil || c.Message != d.waiting {
		t.Errorf("the condition is %+v", c)
	}
}
