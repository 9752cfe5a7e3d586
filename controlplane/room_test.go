package controlplane

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/room"
)

// TestRequestsAreAsTheFrontDoorReckons: it refuses ahead what has no room, and must not be wrong about what a control plane takes.
func TestRequestsAreAsTheFrontDoorReckons(t *testing.T) {
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
		var sum room.Request
		for _, c := range template.Spec.Containers {
			sum.MilliCPU += c.Resources.Requests.Cpu().MilliValue()
			sum.Memory += c.Resources.Requests.Memory().Value()
		}
		component := template.Labels[v1alpha1.LabelComponent]
		if want := room.ControlPlane[component]; sum != want {
			t.Errorf("%s requests %+v; package room says %+v", component, sum, want)
		}
		seen++
	}
	if seen != len(room.ControlPlane) {
		t.Errorf("%d workloads are rendered; package room knows %d", seen, len(room.ControlPlane))
	}
}
