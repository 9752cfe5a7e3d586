package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
	metav1apply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// demoGreeting is the page.
const demoGreeting = "Hello from a cluster that Lotse operates."

const demoPort = 8080

// applyDemo applies the workload by server-side apply, so that a second run changes nothing.
func applyDemo(ctx context.Context, kube kubernetes.Interface, image string) error {
	as := metav1.ApplyOptions{FieldManager: "lotse-demo", Force: true}
	ns := metav1.NamespaceDefault
	page := corev1.ConfigMap(demoName, ns).WithData(map[string]string{"index.html": demoGreeting + "\n"})
	if _, err := kube.CoreV1().ConfigMaps(ns).Apply(ctx, page, as); err != nil {
		return err
	}
	if _, err := kube.AppsV1().Deployments(ns).Apply(ctx, demoDeployment(image), as); err != nil {
		return err
	}
	service := corev1.Service(demoName, ns).WithSpec(corev1.ServiceSpec().
		WithSelector(map[string]string{"app": demoName}).
		WithPorts(corev1.ServicePort().WithPort(80).WithTargetPort(intstr.FromInt32(demoPort))))
	_, err := kube.CoreV1().Services(ns).Apply(ctx, service, as)
	return err
}

func demoDeployment(image string) *appsv1.DeploymentApplyConfiguration {
	labels := map[string]string{"app": demoName}
	container := corev1.Container().WithName("web").WithImage(image).
		WithCommand("busybox", "httpd", "-f", "-p", "8080", "-h", "/www").
		WithPorts(corev1.ContainerPort().WithContainerPort(demoPort)).
		WithReadinessProbe(corev1.Probe().WithPeriodSeconds(1).
			WithHTTPGet(corev1.HTTPGetAction().WithPath("/").WithPort(intstr.FromInt32(demoPort)))).
		WithVolumeMounts(corev1.VolumeMount().WithName("page").WithMountPath("/www").WithReadOnly(true))
	pod := corev1.PodSpec().WithContainers(container).WithTerminationGracePeriodSeconds(1).
		WithVolumes(corev1.Volume().WithName("page").WithConfigMap(corev1.ConfigMapVolumeSource().WithName(demoName)))
	return appsv1.Deployment(demoName, metav1.NamespaceDefault).WithSpec(appsv1.DeploymentSpec().
		WithReplicas(1).
		WithSelector(metav1apply.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(corev1.PodTemplateSpec().WithLabels(labels).WithSpec(pod)))
}
