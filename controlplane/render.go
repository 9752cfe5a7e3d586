package controlplane

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Components are the objects that run a control plane. The NetworkPolicies come first.
func Components(s Spec) []client.Object { return append(Policies(s), Workloads(s)...) }

// Policies keep a control plane apart from others. They restart nothing, and are the service's: they are what this Lotse renders.
func Policies(s Spec) []client.Object {
	var objects []client.Object
	for _, policy := range Isolation(s) {
		objects = append(objects, policy)
	}
	return objects
}

// Workloads run a control plane; etcd first, because its volume takes longest. They are the release's: a newer Lotse leaves them as they are
// (cluster/rendering).
func Workloads(s Spec) []client.Object {
	return []client.Object{EtcdStatefulSet(s), AuditClaim(s), APIServerDeployment(s), ControllerManagerStatefulSet(s)}
}

// Due reports whether a component may be applied now. Only the first API server of a cluster has to wait, until etcd's Pod is scheduled and its
// volume therefore bound.
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
