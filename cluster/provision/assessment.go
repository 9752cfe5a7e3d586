package provision

import (
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
	"lotse.dev/cluster/rotation"
)

// assessment of how far a cluster is: what each part waits for. The operation's outcome and the cluster's conditions are made from it.
type assessment struct {
	operation v1alpha1.Operation
	// queued: the cluster waits in the provisioning queue; else admittedAt is when it left it.
	queued     bool
	admittedAt time.Time
	// refused is what no waiting repairs.
	refused *v1alpha1.OperationError
	// trouble is an error that the next attempt may not meet.
	trouble error
	// pending prerequisite, "" if all are met.
	pending    string
	components []v1alpha1.ComponentHealth
	// rolling names workloads that do not run yet what was last rendered.
	rolling []string
	// halted are the workloads whose upgrade was aborted before it began.
	halted []string
	// upgrading: the control plane has yet to become the version that is asked for. Pools and add-ons wait for it.
	upgrading bool
	// rotation of the cluster's authorities.
	rotation rotation.Decision
	// addons is what the add-ons wait for, or "".
	addons string
	// applied: the pools of this generation have become objects.
	applied bool
	// pools that the last write named, in its order.
	pools []poolFact
}

// poolFact is how far a pool is.
type poolFact struct {
	name string
	// operation of the pool's present generation.
	operation v1alpha1.Operation
	// limited: that operation ends by its own time limits if nothing else ends it. A deletion has none.
	limited bool
}

func poolFactOf(p *v1alpha1.AgentPool) poolFact {
	return poolFact{name: p.Spec.Name, operation: v1alpha1.CurrentOperation(p), limited: p.DeletionTimestamp == nil}
}

// begin with what was known before, so that a part that is not assessed keeps its state.
func begin(f Facts) assessment {
	return assessment{
		operation:  v1alpha1.CurrentOperation(f.Cluster),
		queued:     f.Queued(),
		admittedAt: queue.AdmittedAt(f.Cluster),
		refused:    f.Refused,
		trouble:    f.Trouble,
		components: f.Cluster.Status.Components,
		rotation:   rotation.Decision{Rotation: f.Cluster.Status.Rotation},
		applied:    f.Cluster.Status.PoolsAppliedGeneration == f.Cluster.Generation,
	}
}

// met an error. The first counts.
func (a *assessment) met(err error) {
	if a.trouble == nil {
		a.trouble = err
	}
}

// unapplied workloads run what was rendered before until their steps are taken, which the gate may refuse: they count as rolling.
func (a *assessment) unapplied(steps []plan.Step) {
	for _, s := range steps {
		apply, ok := s.(plan.Apply)
		if !ok {
			continue
		}
		switch apply.Object.(type) {
		case *appsv1.StatefulSet, *appsv1.Deployment:
			if name := apply.Object.GetName(); !slices.Contains(a.rolling, name) {
				a.rolling = append(a.rolling, name)
			}
		}
	}
}

func (a assessment) healthy(component string) bool {
	for _, c := range a.components {
		if c.Name == component {
			return c.Healthy
		}
	}
	return false
}

// controlPlane is what the control plane waits for, or "".
func (a assessment) controlPlane() string {
	if len(a.components) == 0 {
		return "the control plane to be made"
	}
	var unready []string
	for _, c := range a.components {
		if !c.Healthy {
			unready = append(unready, fmt.Sprintf("%s (%s)", c.Name, c.Message))
		}
	}
	if len(unready) == 0 {
		for _, name := range a.rolling {
			unready = append(unready, name+" (being replaced)")
		}
	}
	return strings.Join(unready, ", ")
}

// unschedulableSince is since when the management cluster has no capacity for some component; zero if it has for all.
func (a assessment) unschedulableSince() time.Time {
	var since time.Time
	for _, c := range a.components {
		if c.Reason == corev1.PodReasonUnschedulable && (since.IsZero() || c.Since.Time.Before(since)) {
			since = c.Since.Time
		}
	}
	return since
}

// poolsWaiting is what the pools wait for, or "".
func (a assessment) poolsWaiting() string {
	if !a.applied {
		return "the pools to be made"
	}
	var unready []string
	for _, p := range a.pools {
		if p.operation.State == v1alpha1.InProgress {
			unready = append(unready, strings.TrimSuffix(fmt.Sprintf("pool %s: %s", p.name, p.operation.Waiting), ": "))
		}
	}
	return strings.Join(unready, "; ")
}
