package autoupgrade

import (
	"fmt"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
)

// obstacle to any upgrade of a cluster, as a sentence; "" if there is none.
func obstacle(f Facts) string {
	for _, check := range []func(Facts) string{stopped, busy, failed, unwell} {
		if why := check(f); why != "" {
			return why
		}
	}
	return ""
}

func stopped(f Facts) string {
	switch c := f.Cluster; {
	case c.StopWanted() || c.Power() == v1alpha1.Stopped:
		return "The cluster is stopped. It is upgraded when it runs."
	case c.NeverStarted():
		return "The cluster has not started yet."
	}
	return ""
}

func busy(f Facts) string {
	const message = "There is an in progress %s operation of %s. It is upgraded after that."
	if op := v1alpha1.CurrentOperation(f.Cluster); op.State == v1alpha1.InProgress {
		return fmt.Sprintf(message, v1alpha1.Infinitive(op.Verb), "the cluster")
	}
	for i := range f.Pools { // those that are being deleted too
		p := &f.Pools[i]
		if op := v1alpha1.CurrentOperation(p); op.State == v1alpha1.InProgress || p.DeletionTimestamp != nil {
			return fmt.Sprintf(message, v1alpha1.Infinitive(v1alpha1.VerbOf(p)), "agent pool "+p.Spec.Name)
		}
	}
	return ""
}

// failed operations are not repeated by the service: the customer has to see why they failed.
func failed(f Facts) string {
	const message = "The last operation of %s has not succeeded (%s): %s Nothing is upgraded by itself until a write of the cluster succeeds."
	unsuccessful := func(o v1alpha1.Tracked, what string) string {
		op := v1alpha1.CurrentOperation(o)
		if op.State != v1alpha1.Failed && op.State != v1alpha1.Canceled {
			return ""
		}
		why := "It has ended as " + string(op.State) + "."
		if op.Error != nil {
			why = op.Error.Message
		}
		return fmt.Sprintf(message, what, v1alpha1.Infinitive(op.Verb), why)
	}
	if why := unsuccessful(f.Cluster, "the cluster"); why != "" {
		return why
	}
	for _, p := range f.staying() {
		if why := unsuccessful(p, "agent pool "+p.Spec.Name); why != "" {
			return why
		}
	}
	return ""
}

func unwell(f Facts) string {
	for _, c := range f.Cluster.Status.Components {
		if !c.Healthy {
			return fmt.Sprintf("%s of the control plane is not healthy. It is upgraded when it is.", c.Name)
		}
	}
	for _, p := range f.staying() {
		if p.Spec.Power() == v1alpha1.Running && p.Status.ReadyNodes < p.Spec.Count {
			return fmt.Sprintf("Of the %d nodes of agent pool %s some are not Ready. It is upgraded when they are.", p.Spec.Count, p.Spec.Name)
		}
	}
	return ""
}

// halted says why a release's roll-out is halted; "" if it is not.
func halted(r v1alpha1.Release) string {
	if _, reason, halted := r.RolloutHalt(); halted {
		return fmt.Sprintf("The roll-out of release %s is halted: %s", r.Name, reason)
	}
	return ""
}

// leftBehind says which pool, pinned to its node image, would be too old under a control plane.
func leftBehind(f Facts, to release.Version) string {
	for _, p := range f.staying() {
		if p.Spec.NodeImageVersion == "" {
			continue
		}
		if err := release.CheckPool(version(p.Spec.OrchestratorVersion), to); err != nil {
			return fmt.Sprintf("Agent pool %s is pinned to node image %s, and stays: its %v.", p.Spec.Name, p.Spec.NodeImageVersion, err)
		}
	}
	return ""
}
