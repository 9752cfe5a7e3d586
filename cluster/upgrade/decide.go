package upgrade

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"

	"lotse.dev/api/v1alpha1"
)

// Rolling names the workloads whose Pods are not all what was last rendered.
func Rolling(sets []*appsv1.StatefulSet, deployments []*appsv1.Deployment) []string {
	var rolling []string
	for _, set := range sets {
		if s := set.Status; s.ObservedGeneration < set.Generation || s.UpdatedReplicas < s.Replicas {
			rolling = append(rolling, set.Name)
		}
	}
	for _, d := range deployments {
		if s := d.Status; s.ObservedGeneration < d.Generation || s.UpdatedReplicas < s.Replicas {
			rolling = append(rolling, d.Name)
		}
	}
	return rolling
}

// Version that a control plane runs now: the one that its cluster asks for once the API server that answers is the one that was last
// rendered; until then the one before.
func Version(c *v1alpha1.ManagedCluster, healthy bool, rolling []string) string {
	if healthy && !slices.Contains(rolling, v1alpha1.ComponentAPIServer) {
		return c.Spec.KubernetesVersion
	}
	return c.Status.CurrentKubernetesVersion
}
