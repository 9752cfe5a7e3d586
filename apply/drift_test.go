package apply

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/controlplane"
)

func TestDrifted(t *testing.T) {
	rendered := func() *corev1.Service {
		return controlplane.Services(controlplane.Ref{Cluster: "c", Subscription: "s"}, false)[0]
	}
	tests := map[string]struct {
		change func(*corev1.Service)
		want   bool
	}{
		"an object as it was applied has not drifted":      {func(*corev1.Service) {}, false},
		"what the server filled in is no drift":            {func(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.Ports[0].NodePort = "1.2.3.4", 31000 }, false},
		"another writer's label is no drift":               {func(s *corev1.Service) { s.Labels["mine"] = "x" }, false},
		"a status is no drift":                             {func(s *corev1.Service) { s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{}} }, false},
		"a changed field has drifted":                      {func(s *corev1.Service) { s.Spec.Ports[0].Port = 1 }, true},
		"a removed label has drifted":                      {func(s *corev1.Service) { delete(s.Labels, "lotse.dev/cluster") }, true},
		"an entry that was added to a list is drift":       {func(s *corev1.Service) { s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{}) }, true},
		"an object that was rendered otherwise is drifted": {func(s *corev1.Service) { s.Annotations[AnnotationRendered] = "other" }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			desired, err := Stamp(rendered())
			if err != nil {
				t.Fatal(err)
			}
			live := desired.DeepCopyObject().(*corev1.Service)
			tt.change(live)
			if got, err := Drifted(live, desired); err != nil || got != tt.want {
				t.Errorf("drifted = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestAnObjectReadByProtocolBuffersHasNotDrifted(t *testing.T) {
	claim := corev1.PersistentVolumeClaim{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: metav1.ObjectMeta{Name: "data"}}
	desired, err := Stamp(&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{VolumeClaimTemplates: []corev1.PersistentVolumeClaim{claim}}})
	if err != nil {
		t.Fatal(err)
	}
	live := desired.DeepCopyObject().(*appsv1.StatefulSet)
	live.Spec.VolumeClaimTemplates[0].TypeMeta = metav1.TypeMeta{}
	if drifted, err := Drifted(live, desired); err != nil || drifted {
		t.Errorf("drifted: %v, %v", drifted, err)
	}
	live.Spec.VolumeClaimTemplates[0].Name = "other"
	if drifted, err := Drifted(live, desired); err != nil || !drifted {
		t.Errorf("drifted: %v, %v", drifted, err)
	}
}
