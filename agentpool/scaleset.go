package agentpool

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// setName is the object name of a pool's scale set.
func setName(pool *v1alpha1.AgentPool, cluster *v1alpha1.ManagedCluster) string {
	name := v1alpha1.ScaleSetName(pool.Spec.Name, cluster.Name)
	return v1alpha1.ObjectName(v1alpha1.ScaleSetID(cluster.Spec.SubscriptionID, cluster.Spec.NodeResourceGroup, name))
}

// ScaleSet renders the infrastructure of a pool. The release must have a node image.
func ScaleSet(pool *v1alpha1.AgentPool, cluster *v1alpha1.ManagedCluster, release *v1alpha1.Release) *v1alpha1.ScaleSet {
	return &v1alpha1.ScaleSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: pool.Namespace,
			Name:      setName(pool, cluster),
			Labels: map[string]string{
				v1alpha1.LabelSubscription:  cluster.Spec.SubscriptionID,
				v1alpha1.LabelResourceGroup: v1alpha1.ObjectName(v1alpha1.ResourceGroupID(cluster.Spec.SubscriptionID, cluster.Spec.NodeResourceGroup)),
				v1alpha1.LabelCluster:       cluster.Name,
				v1alpha1.LabelPool:          pool.Name,
			},
			OwnerReferences: []metav1.OwnerReference{
				*metav1.NewControllerRef(pool, v1alpha1.GroupVersion.WithKind("AgentPool")),
			},
		},
		Spec: v1alpha1.ScaleSetSpec{
			SubscriptionID: cluster.Spec.SubscriptionID,
			ResourceGroup:  cluster.Spec.NodeResourceGroup,
			Name:           v1alpha1.ScaleSetName(pool.Spec.Name, cluster.Name),
			Location:       cluster.Spec.Location,
			Cluster:        cluster.Name,
			Pool:           pool.Name,
			Capacity:       pool.Spec.Count,
			Tags:           tags(pool),
			Model:          model(pool, cluster, release),
			PowerState:     power(pool),
			ScaleDownMode:  pool.Spec.ScaleDownMode,
			RemoveMachines: pool.Spec.RemoveMachines,
			Halted:         v1alpha1.Aborted(pool),

			UpgradeSettings: pool.Spec.UpgradeSettings.DeepCopy(),
		},
	}
}

// power of the machines; Running is left out, as in scale sets of before there were stops.
func power(pool *v1alpha1.AgentPool) v1alpha1.PowerState {
	if pool.Spec.Power() == v1alpha1.Stopped {
		return v1alpha1.Stopped
	}
	return ""
}

func model(pool *v1alpha1.AgentPool, cluster *v1alpha1.ManagedCluster, release *v1alpha1.Release) v1alpha1.MachineModel {
	return v1alpha1.MachineModel{
		VMSize:            pool.Spec.VMSize,
		OSDiskSizeGB:      pool.Spec.DiskSizeGB(),
		Image:             release.Spec.Images[v1alpha1.ImageNode],
		ImageVersion:      release.Spec.NodeImageVersion,
		KubernetesVersion: release.Spec.KubernetesVersion,
		Release:           release.Name,
		MaxPods:           pool.Spec.MaxPods,
		Labels:            Labels(pool, cluster),
		Taints:            pool.Spec.NodeTaints,
	}
}

// tags of the scale set: the customer's, and under the system's prefix what AKS writes there.
func tags(pool *v1alpha1.AgentPool) map[string]string {
	tags := map[string]string{}
	for k, v := range pool.Spec.Tags {
		tags[k] = v
	}
	tags["aks-managed-poolName"] = pool.Spec.Name
	tags["aks-managed-orchestrator"] = "Kubernetes:" + pool.Spec.OrchestratorVersion
	return tags
}
