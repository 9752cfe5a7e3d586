package upgrade

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// order in which the workloads of a control plane go to other images. Kubernetes wants no component to be newer than its API server.
var order = []string{v1alpha1.ComponentEtcd, v1alpha1.ComponentAPIServer, v1alpha1.ComponentControllerManager}

// Before names the workload that another one has to wait for before it gets other images, or "". unfinished says whether a workload has yet to become
// what was last rendered.
func Before(workload string, unfinished func(string) bool) string {
	for _, name := range order {
		if name == workload {
			break
		}
		if slices.Contains(order, workload) && unfinished(name) {
			return name
		}
	}
	return ""
}

// Reimaged reports whether a workload, as it is, runs other images than as it is rendered.
func Reimaged(live, rendered client.Object) bool {
	return !slices.Equal(images(live), images(rendered))
}

func images(o client.Object) (all []string) {
	var pod corev1.PodSpec
	switch workload := o.(type) {
	case *appsv1.StatefulSet:
		pod = workload.Spec.Template.Spec
	case *appsv1.Deployment:
		pod = workload.Spec.Template.Spec
	}
	for _, c := range pod.Containers {
		all = append(all, c.Image)
	}
	return all
}

// Underway reports whether a control plane that was up has yet to become the version that its cluster asks for.
func Underway(c *v1alpha1.ManagedCluster) bool {
	return c.Status.CurrentKubernetesVersion != "" && c.Status.CurrentKubernetesVersion != c.Spec.KubernetesVersion
}
