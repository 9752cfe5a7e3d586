package admission

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// Power decides whether a cluster may be stopped or started now. A stop or a start that failed may be repeated, and followed by the other.
func Power(present state.Cluster, to v1alpha1.PowerState) error {
	c := present.Object
	asked, already, allowed := "starting", "running", c.StopWanted() || c.Power() == v1alpha1.Stopped || startFailed(c)
	if to == v1alpha1.Stopped {
		asked, already, allowed = "stopping", "stopped", !c.AtRest()
	}
	if allowed {
		return nil
	}
	return fault.New(fault.OperationNotAllowed, "managed cluster is in Provisioning State(%s) and Power State(%s), %s cannot be performed. "+
		"The cluster is %s already.", v1alpha1.ProvisioningState(c), c.Power(), asked, already)
}

// startFailed reports whether the last operation was a start, and failed: its control plane may be up, and its pools not.
func startFailed(c *v1alpha1.ManagedCluster) bool {
	op := v1alpha1.CurrentOperation(c)
	return op.State == v1alpha1.Failed && op.Verb == v1alpha1.Starting
}

// Runs refuses writes of a cluster that is stopped, or whose stop or start has failed.
func Runs(present state.Cluster) error {
	c := present.Object
	if !c.StopWanted() && c.Power() != v1alpha1.Stopped {
		return nil
	}
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because the managed cluster '%s' is in Provisioning State(%s) and Power "+
		"State(%s). A cluster that does not run can only be started (POST …/start, az aks start) or deleted: start it first.",
		c.Spec.Name, v1alpha1.ProvisioningState(c), c.Power())
}

// Wake refuses to start a cluster for which the management cluster has no capacity. What of it runs already counts once.
func Wake(l Load, present state.Cluster) error {
	awake := *present.Object.DeepCopy()
	awake.Spec.PowerState, awake.Status.PowerState = "", ""
	after := state.Cluster{Object: &awake}
	for _, p := range present.PoolObjects {
		p := *p.DeepCopy()
		p.Spec.ClusterPowerState = ""
		after.PoolObjects = append(after.PoolObjects, p)
	}
	return Capacity(l.With(after), nil, "")
}
