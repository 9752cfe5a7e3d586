package addons

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/securitycontext"
)

func serviceAccount(name string) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{ObjectMeta: meta(name)}
}

func deployment(name string, pods map[string]string, replicas int32, pod corev1.PodSpec) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: meta(name),
		Spec: appsv1.DeploymentSpec{
			Replicas:             ptr.To(replicas),
			RevisionHistoryLimit: ptr.To[int32](2),
			Strategy: appsv1.DeploymentStrategy{
				Type:          appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: ptr.To(intstr.FromInt32(0)), MaxSurge: ptr.To(intstr.FromInt32(1))},
			},
			Selector: &metav1.LabelSelector{MatchLabels: pods},
			Template: template(name, pods, pod),
		},
	}
}

func daemonSet(name string, pod corev1.PodSpec) *appsv1.DaemonSet {
	// A node's part of the network must run on every node, whatever its taints, and before the node is Ready.
	pod.HostNetwork = true
	pod.PriorityClassName = "system-node-critical"
	pod.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	return &appsv1.DaemonSet{
		ObjectMeta: meta(name),
		Spec: appsv1.DaemonSetSpec{
			RevisionHistoryLimit: ptr.To[int32](2),
			Selector:             &metav1.LabelSelector{MatchLabels: app(name)},
			Template:             template(name, app(name), pod),
		},
	}
}

// template is a Pod of the service account of that name, found by the labels in pods.
func template(name string, pods map[string]string, pod corev1.PodSpec) corev1.PodTemplateSpec {
	pod.ServiceAccountName = name
	pod.NodeSelector = map[string]string{"kubernetes.io/os": "linux"}
	if pod.SecurityContext == nil {
		pod.SecurityContext = &corev1.PodSecurityContext{}
	}
	pod.SecurityContext.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: managed(pods)}, Spec: pod}
}

// onSystemNodes prefers the nodes that customers keep for this, and spreads the Pods over nodes where there is more than one.
func onSystemNodes(pods map[string]string) *corev1.Affinity {
	return &corev1.Affinity{
		NodeAffinity: &corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
			Weight: 100,
			Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{
				Key: "kubernetes.azure.com/mode", Operator: corev1.NodeSelectorOpIn, Values: []string{"system"},
			}}},
		}}},
		PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{
			Weight: 100,
			PodAffinityTerm: corev1.PodAffinityTerm{
				TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: pods},
			},
		}}},
	}
}

// criticalOnly lets Pods run on nodes that are reserved for the cluster's own.
var criticalOnly = []corev1.Toleration{{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists}}

func unprivilegedPod() *corev1.PodSecurityContext {
	id := ptr.To(securitycontext.User)
	return &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true), RunAsUser: id, RunAsGroup: id, FSGroup: id}
}

func resources(cpu, memory, memoryLimit string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memoryLimit)},
	}
}

// probe asks host, or the Pod where host is empty.
func probe(scheme corev1.URIScheme, host, path string, port, period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Host: host, Path: path, Port: intstr.FromInt32(port), Scheme: scheme},
		},
		PeriodSeconds:    period,
		FailureThreshold: failures,
		TimeoutSeconds:   3,
	}
}
