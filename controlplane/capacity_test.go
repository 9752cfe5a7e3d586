package controlplane

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/capacity"
)

// TestRequestsAreThoseThatCapacityCounts: the front door refuses what does not fit, so it must know what a control plane requests.
func TestRequestsAreThoseThatCapacityCounts(t *testing.T) {
	seen := 0
	for _, o := range Components(exampleSpec()) {
		var template corev1.PodTemplateSpec
		switch o := o.(type) {
		case *appsv1.StatefulSet:
			template = o.Spec.Template
		case *appsv1.Deployment:
			template = o.Spec.Template
		default:
			continue
		}
		var sum capacity.Request
		for _, c := range template.Spec.Containers {
			sum.MilliCPU += c.Resources.Requests.Cpu().MilliValue()
			sum.Memory += c.Resources.Requests.Memory().Value()
		}
		component := template.Labels[v1alpha1.LabelComponent]
		if want := capacity.ControlPlane[component]; sum != want {
			t.Errorf("%s requests %+v; package capacity says %+v", component, sum, want)
		}
		seen++
	}
	if seen != len(capacity.ControlPlane) {
		t.Errorf("%d workloads are rendered; package capacity knows %d", seen, len(capacity.ControlPlane))
	}
}
