package rollout

import (
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Facts are what a rollout is decided from.
type Facts struct {
	// Active while the operation of the pool is in progress. Otherwise what a rollout left is cleared away.
	Active bool
	// Generation of the pool, which is the rollout's name.
	Generation int64
	// Count of machines that the pool should have, without those of a surge.
	Count int
	Settings
	Machines []Machine
	Now      time.Time
}

// Machine as a rollout sees it.
type Machine struct {
	Instance int64
	Name     string
	// Current: its image is the one that it should have.
	Current bool
	Surge   bool
	Leaving bool
	// Ready: it serves as a node. Since is when that turned, or when a machine that is Leaving began to.
	Ready bool
	Since time.Time
	// Replaced: it got another image before, at the latest by Since.
	Replaced bool
	// Drain that was asked for; nil if none was.
	Drain *v1alpha1.Drain
	// Drained: nothing is left on it that a drain would end, since DrainedSince.
	Drained      bool
	DrainedSince time.Time
	// Waits is what holds it up, in words for people.
	Waits string
	// Unschedulable: there is no capacity for it.
	Unschedulable bool
}

// Wanted is what the machines of a pool should be.
type Wanted struct {
	Pool     *v1alpha1.AgentPool
	Model    v1alpha1.MachineModel
	Settings *v1alpha1.UpgradeSettings
	Count    int32
	// JoinedIsReady where the customer installs the pod network (A5): nodes cannot become Ready before that.
	JoinedIsReady bool
}

// Of the machines of a pool. Machines that are stopped take no part: they get another image without a rollout, since nothing runs on them.
func Of(w Wanted, machines []v1alpha1.Machine, now time.Time) Facts {
	f := Facts{
		Active:     active(w.Pool),
		Generation: generation(w.Pool), Count: int(w.Count), Settings: Resolve(w.Settings, int(w.Count)), Now: now,
	}
	for i := range machines {
		if m := &machines[i]; m.ToRun() {
			f.Machines = append(f.Machines, w.machine(m, now))
		}
	}
	return f
}

// active reports whether an operation of a pool that runs is in progress and was not aborted.
func active(pool *v1alpha1.AgentPool) bool {
	return pool != nil && pool.DeletionTimestamp == nil && pool.Spec.Power() != v1alpha1.Stopped &&
		v1alpha1.CurrentOperation(pool).State == v1alpha1.InProgress && !v1alpha1.Aborted(pool)
}

func generation(pool *v1alpha1.AgentPool) int64 {
	if pool == nil {
		return 0
	}
	return pool.Generation
}

func (w Wanted) machine(m *v1alpha1.Machine, now time.Time) Machine {
	out := Machine{
		Instance: m.Spec.Instance, Name: m.Spec.Hostname, Current: m.Spec.Model.Image == w.Model.Image, Surge: m.Spec.Surge,
		Leaving: m.DeletionTimestamp != nil, Drain: m.Spec.Drain, Since: m.CreationTimestamp.Time, Replaced: m.Spec.Reimages > 0,
	}
	for _, c := range m.Status.Conditions {
		out.read(c, m.Generation, w.JoinedIsReady)
		if c.Type == v1alpha1.MachineReady && c.ObservedGeneration != m.Generation && out.Current {
			out.Since = now // it has just been replaced
		}
	}
	if out.Leaving {
		out.Since = m.DeletionTimestamp.Time
	}
	if c := apimeta.FindStatusCondition(m.Status.Conditions, v1alpha1.MachineDrained); out.Drain != nil && c != nil {
		out.Waits = c.Message
	}
	return out
}

// read a condition. One of an earlier generation does not say that a machine with its image is Ready: it may have been replaced since.
func (m *Machine) read(c metav1.Condition, generation int64, joinedIsReady bool) {
	isTrue, present := c.Status == metav1.ConditionTrue, c.ObservedGeneration == generation
	holds := isTrue && (present || !m.Current)
	switch c.Type {
	case v1alpha1.MachineRunning:
		m.Unschedulable = c.Reason == v1alpha1.ReasonUnschedulable
	case v1alpha1.MachineReady:
		m.Ready, m.Since = m.Ready || holds, c.LastTransitionTime.Time
	case v1alpha1.MachineRegistered:
		m.Ready = m.Ready || holds && joinedIsReady
	case v1alpha1.MachineDrained:
		m.Drained, m.DrainedSince = isTrue && present && m.Drain != nil, c.LastTransitionTime.Time
	}
	if !isTrue && m.Waits == "" {
		m.Waits = c.Message
	}
}
