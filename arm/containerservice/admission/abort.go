package admission

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// unabortable are the operations that go on to their end, and why. All others leave something that works, and that a repeated request completes.
var unabortable = map[string]string{
	v1alpha1.Deleting:                    "A deletion has no way back.",
	v1alpha1.Stopping:                    "A cluster that is stopped by half is of no use; start it when it is stopped.",
	v1alpha1.Starting:                    "A cluster that is started by half is of no use; stop it when it runs.",
	v1alpha1.RotatingClusterCertificates: "Nodes that trust different authorities would be left.",
}

// AbortCluster decides whether the operation of a cluster can be aborted.
func AbortCluster(present state.Cluster) error {
	c := present.Object
	return abort(c, state.ClusterNoun, c.Spec.Name, unabortable)
}

// AbortPool decides whether the operation of a pool can be aborted. What a pool does for an operation of the whole cluster ends with that.
func AbortPool(present state.Cluster, p state.Pool) error {
	c := present.Object
	if c.DeletionTimestamp != nil {
		return AbortCluster(present)
	}
	if !p.Leaving() && inProgress(c) {
		return fault.New(fault.OperationNotAllowed, "Operation is not allowed: the agent pool '%s' takes part in the in progress %s operation of the "+
			"managed cluster '%s'. Abort that (POST …/managedClusters/%s/abort, az aks operation-abort).", p.Name,
			v1alpha1.Infinitive(v1alpha1.ProvisioningState(c)), c.Spec.Name, c.Spec.Name)
	}
	if p.Object == nil { // the cluster's last operation has not made it
		return nothingToAbort(state.PoolNoun, p.Name, string(v1alpha1.CurrentOperation(c).State))
	}
	return abort(p.Object, state.PoolNoun, p.Name, map[string]string{v1alpha1.Deleting: unabortable[v1alpha1.Deleting]})
}

func abort(o v1alpha1.Tracked, noun, name string, unabortable map[string]string) error {
	verb := v1alpha1.CurrentOperation(o).Verb
	if o.GetDeletionTimestamp() != nil {
		verb = v1alpha1.Deleting
	} else if !inProgress(o) {
		return nothingToAbort(noun, name, v1alpha1.ProvisioningState(o))
	}
	if why, found := unabortable[verb]; found {
		return fault.New(fault.OperationNotAllowed, "The in progress %s operation of the %s '%s' cannot be aborted. %s",
			v1alpha1.Infinitive(verb), noun, name, why)
	}
	return nil
}

func nothingToAbort(noun, name, state string) error {
	return fault.New(fault.OperationNotAllowed, "There is no operation in progress on the %s '%s' that could be aborted: its Provisioning State is %s. "+
		"The last operation has already completed.", noun, name, state)
}

func inProgress(o v1alpha1.Tracked) bool {
	return v1alpha1.CurrentOperation(o).State == v1alpha1.InProgress
}
