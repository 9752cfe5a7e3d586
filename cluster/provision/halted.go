package provision

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/upgrade"
	"lotse.dev/controlplane"
)

// halted is what becomes of a rendered workload whose upgrade was aborted before it began: it stays as it is, and gets renewed certificates only. The record of
// what it was before is gone by then. Nil is a workload that is not halted: one that has the images of its release already goes on to serve.
func (f Facts) halted(rendered client.Object) client.Object {
	live, found := f.Objects.live[keyOf(rendered)]
	if !found || !v1alpha1.Aborted(f.Cluster) || !upgrade.Reimaged(live, rendered) {
		return nil
	}
	kept, _ := live.DeepCopyObject().(client.Object)
	if template := podTemplate(kept); template != nil {
		template.Annotations[controlplane.AnnotationCredentials] = podTemplate(rendered).Annotations[controlplane.AnnotationCredentials]
	}
	return kept
}

// podTemplate of a workload; nil if it makes no Pods, or makes them without annotations.
func podTemplate(o client.Object) *corev1.PodTemplateSpec {
	var template *corev1.PodTemplateSpec
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		template = &o.Spec.Template
	case *appsv1.Deployment:
		template = &o.Spec.Template
	}
	if template == nil || template.Annotations == nil {
		return nil
	}
	return template
}
