package scaleset

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// podProvider is the only provider of machines so far.
const podProvider = "pod"

// Machine renders one instance of a scale set. It is created with its finalizer, so that no machine disappears and leaves its disk.
func Machine(set *v1alpha1.ScaleSet, instance int64) *v1alpha1.Machine {
	id := v1alpha1.MachineID(set.Spec.SubscriptionID, set.Spec.ResourceGroup, set.Spec.Name, instance)
	return &v1alpha1.Machine{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:  set.Namespace,
			Name:       v1alpha1.ObjectName(id),
			Finalizers: []string{v1alpha1.Finalizer},
			Labels: map[string]string{
				v1alpha1.LabelSubscription: set.Spec.SubscriptionID,
				v1alpha1.LabelCluster:      set.Spec.Cluster,
				v1alpha1.LabelPool:         set.Spec.Pool,
				v1alpha1.LabelScaleSet:     set.Name,
			},
			OwnerReferences: []metav1.OwnerReference{
				*metav1.NewControllerRef(set, v1alpha1.GroupVersion.WithKind("ScaleSet")),
			},
		},
		Spec: v1alpha1.MachineSpec{
			ScaleSet: set.Name,
			Cluster:  set.Spec.Cluster,
			Instance: instance,
			Hostname: v1alpha1.NodeName(set.Spec.Name, instance),
			Provider: podProvider,
			Model:    *set.Spec.Model.DeepCopy(),

			PowerState: set.Spec.PowerState,
		},
	}
}
