package baseaddons

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/securitycontext"
)

const corefile = `.:53 {
    errors
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    forward . /etc/resolv.conf
    cache 30
    reload
}
`

// DNS is the cluster's DNS: one CoreDNS, which is enough for one host.
func DNS(image, address string) []client.Object {
	const namespace, name = metav1.NamespaceSystem, "coredns"
	service := meta(namespace, "kube-dns")
	service.Labels["kubernetes.io/cluster-service"] = "true"
	port := func(name string, protocol corev1.Protocol) corev1.ServicePort {
		return corev1.ServicePort{Name: name, Port: 53, TargetPort: intstr.FromInt32(53), Protocol: protocol}
	}
	return []client.Object{
		&corev1.ServiceAccount{ObjectMeta: meta(namespace, name)},
		&rbacv1.ClusterRole{ObjectMeta: meta("", "system:coredns"), Rules: []rbacv1.PolicyRule{
			rule("", []string{"services", "pods", "namespaces"}, "list", "watch"),
			rule("discovery.k8s.io", []string{"endpointslices"}, "list", "watch"),
		}},
		bindAll(namespace, name, "system:coredns"),
		&corev1.ConfigMap{ObjectMeta: meta(namespace, name), Data: map[string]string{"Corefile": corefile}},
		&corev1.Service{ObjectMeta: service, Spec: corev1.ServiceSpec{
			ClusterIP: address, Selector: app(name), Ports: []corev1.ServicePort{port("dns", corev1.ProtocolUDP), port("dns-tcp", corev1.ProtocolTCP)},
		}},
		dnsDeployment(namespace, name, image),
	}
}

func dnsDeployment(namespace, name, image string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: meta(namespace, name),
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: app(name)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: app(name), Annotations: map[string]string{"lotse.dev/config": fingerprint(map[string]string{"Corefile": corefile})}},
				Spec: corev1.PodSpec{
					ServiceAccountName: name,
					PriorityClassName:  "system-cluster-critical",
					DNSPolicy:          corev1.DNSDefault,
					SecurityContext:    securitycontext.Pod(),
					Containers: []corev1.Container{{
						Name: name, Image: image,
						Command:         []string{"/usr/local/bin/coredns", "-conf", "/etc/coredns/Corefile"},
						Resources:       requests("20m", "32Mi"),
						SecurityContext: securitycontext.Container(),
						VolumeMounts:    []corev1.VolumeMount{{Name: "config", MountPath: "/etc/coredns", ReadOnly: true}},
						ReadinessProbe: &corev1.Probe{PeriodSeconds: 5, ProbeHandler: corev1.ProbeHandler{
							HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Port: intstr.FromInt32(8181)},
						}},
					}},
					Volumes: []corev1.Volume{{Name: "config", VolumeSource: corev1.VolumeSource{
						ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}},
					}}},
				},
			},
		},
	}
}
