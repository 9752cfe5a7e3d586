package admission

import (
	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// Reachable refuses what needs a cluster's API server while it does not run or is being deleted.
func Reachable(present state.Cluster) error {
	if present.Object.DeletionTimestamp != nil {
		return fault.New(fault.OperationNotAllowed, "Operation is not allowed on the managed cluster '%s' since deletion was issued. The only allowed operation "+
			"is deletion.", present.Object.Spec.Name)
	}
	return Runs(present)
}

// Command decides whether a command may be run in a cluster: its Pod needs a node that is Ready.
func Command(present state.Cluster, machines []v1alpha1.Machine) error {
	if err := Reachable(present); err != nil {
		return err
	}
	for _, m := range machines {
		if m.DeletionTimestamp == nil && apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady) {
			return nil
		}
	}
	return fault.New(fault.OperationNotAllowed, "The command cannot run: it needs a node that is Ready, and the managed cluster '%s' has none of its %d. Scale up "+
		"or start a pool, or use kubectl with a kubeconfig of your own (az aks get-credentials).", present.Object.Spec.Name, len(machines))
}
