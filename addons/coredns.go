package addons

import (
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/securitycontext"
)

const coreDNSName = "coredns"

// dnsApp is the label and Service name that everything in Kubernetes knows DNS by.
const dnsApp = "kube-dns"

// corefile is AKS's but for plugins that are not built in: customers add to it in the ConfigMap coredns-custom and leave this one alone.
const corefile = `.:53 {
    errors
    ready
    health {
      lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
      ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import custom/*.override
}
import custom/*.server
`

// coreDNS is the cluster's DNS (A4).
func coreDNS(s Spec) []client.Object {
	read := []string{"list", "watch"}
	workload := deployment(coreDNSName, app(dnsApp), 2, coreDNSPod(s))
	s.afterRotation(&workload.Spec.Template)
	return []client.Object{
		serviceAccount(coreDNSName),
		clusterRole("system:coredns",
			rule("", []string{"services", "pods", "namespaces"}, read),
			rule("discovery.k8s.io", []string{"endpointslices"}, read),
		),
		bind("system:coredns", "system:coredns", account(coreDNSName)),
		&corev1.ConfigMap{ObjectMeta: meta(coreDNSName), Data: map[string]string{"Corefile": corefile}},
		dnsService(s),
		workload,
		&policyv1.PodDisruptionBudget{
			ObjectMeta: meta(coreDNSName),
			Spec: policyv1.PodDisruptionBudgetSpec{
				MaxUnavailable: ptr.To(intstr.FromInt32(1)),
				Selector:       workload.Spec.Selector,
				// A Pod that is broken anyway must not hold up a drain.
				UnhealthyPodEvictionPolicy: ptr.To(policyv1.AlwaysAllow),
			},
		},
	}
}

func dnsService(s Spec) *corev1.Service {
	port := func(name string, number int32, protocol corev1.Protocol) corev1.ServicePort {
		return corev1.ServicePort{Name: name, Port: number, TargetPort: intstr.FromInt32(number), Protocol: protocol}
	}
	labels := map[string]string{"k8s-app": dnsApp, "kubernetes.io/name": "CoreDNS", "kubernetes.io/cluster-service": "true"}
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: dnsApp, Labels: managed(labels)},
		Spec: corev1.ServiceSpec{
			ClusterIP: s.Network.DNSServiceIP,
			Selector:  app(dnsApp),
			Ports: []corev1.ServicePort{
				port("dns", 53, corev1.ProtocolUDP), port("dns-tcp", 53, corev1.ProtocolTCP), port("metrics", 9153, corev1.ProtocolTCP),
			},
		},
	}
}

func coreDNSPod(s Spec) corev1.PodSpec {
	// The port below 1024 is open to every user in the Pod's own network, instead of giving the program a capability.
	security := unprivilegedPod()
	security.Sysctls = []corev1.Sysctl{{Name: "net.ipv4.ip_unprivileged_port_start", Value: "0"}}
	return corev1.PodSpec{
		SecurityContext:   security,
		PriorityClassName: "system-cluster-critical",
		Tolerations:       criticalOnly,
		Affinity:          onSystemNodes(app(dnsApp)),
		DNSPolicy:         corev1.DNSDefault, // its upstream is the node's, not itself
		Containers: []corev1.Container{{
			Name:    coreDNSName,
			Image:   s.Images[v1alpha1.ImageCoreDNS],
			Command: []string{"/usr/local/bin/coredns", "-conf", "/etc/coredns/Corefile"},
			Ports: []corev1.ContainerPort{
				{Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP},
				{Name: "dns-tcp", ContainerPort: 53, Protocol: corev1.ProtocolTCP},
				{Name: "metrics", ContainerPort: 9153, Protocol: corev1.ProtocolTCP},
			},
			SecurityContext: securitycontext.Container(),
			Resources:       resources("50m", "32Mi", "512Mi"),
			ReadinessProbe:  probe(corev1.URISchemeHTTP, "", "/ready", 8181, 5, 2),
			LivenessProbe:   probe(corev1.URISchemeHTTP, "", "/health", 8080, 20, 3),
			VolumeMounts: []corev1.VolumeMount{
				{Name: "config", MountPath: "/etc/coredns", ReadOnly: true},
				{Name: "custom", MountPath: "/etc/coredns/custom", ReadOnly: true},
			},
		}},
		Volumes: []corev1.Volume{
			{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: coreDNSName},
			}}},
			{Name: "custom", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: "coredns-custom"}, Optional: ptr.To(true),
			}}},
		},
	}
}
