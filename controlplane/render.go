package controlplane

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Components are the objects that run a control plane. What protects it comes first; then the store, because its volume takes longest.
func Components(s Spec) []client.Object {
	var objects []client.Object
	for _, policy := range Isolation(s) {
		objects = append(objects, policy)
	}
	return append(objects, EtcdStatefulSet(s), AuditClaim(s), APIServerDeployment(s), ControllerManagerStatefulSet(s), SchedulerStatefulSet(s))
}

// Due tells whether a component may be applied now. Everything may, but for the first API server of a cluster before the store's Pod has
// found its place and thereby its volume.
func Due(o client.Object, apiServerExists bool, pods []corev1.Pod) bool {
	if _, deployment := o.(*appsv1.Deployment); !deployment || o.GetName() != v1alpha1.ComponentAPIServer || apiServerExists {
		return true
	}
	for _, p := range pods {
		if p.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentEtcd && p.Spec.NodeName != "" {
			return true
		}
	}
	return false
}
