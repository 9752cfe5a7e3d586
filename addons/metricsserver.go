package addons

import (
	"encoding/base64"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/securitycontext"
)

const metricsName = "metrics-server"

const metricsPort = 10250

// metricsServer answers "kubectl top" and autoscalers. API server and metrics-server know each other by the cluster's own authority;
// upstream's manifest skips the verification.
func metricsServer(s Spec) []client.Object {
	objects := []client.Object{serviceAccount(metricsName)}
	objects = append(objects, metricsRights()...)
	server := deployment(metricsName, app(metricsName), 1, metricsPod(s))
	s.withAuthorities(&server.Spec.Template) // it knows kubelets by them
	return append(objects,
		&corev1.Secret{ObjectMeta: meta(metricsName), Type: corev1.SecretTypeTLS, Data: map[string][]byte{
			corev1.TLSCertKey: s.MetricsServer.Certificate, corev1.TLSPrivateKeyKey: s.MetricsServer.Key,
		}},
		&corev1.Service{ObjectMeta: meta(metricsName), Spec: corev1.ServiceSpec{
			Selector: app(metricsName),
			Ports:    []corev1.ServicePort{{Name: "https", Port: 443, TargetPort: intstr.FromInt32(metricsPort), Protocol: corev1.ProtocolTCP}},
		}},
		server,
		metricsAPIService(s),
	)
}

func metricsRights() []client.Object {
	reader := clusterRole("system:aggregated-metrics-reader",
		rule("metrics.k8s.io", []string{"pods", "nodes"}, []string{"get", "list", "watch"}))
	for _, role := range []string{"view", "edit", "admin"} {
		reader.Labels["rbac.authorization.k8s.io/aggregate-to-"+role] = "true"
	}
	return []client.Object{
		reader,
		clusterRole("system:metrics-server",
			rule("", []string{"nodes/metrics"}, []string{"get"}),
			rule("", []string{"pods", "nodes"}, []string{"get", "list", "watch"}),
		),
		bind("system:metrics-server", "system:metrics-server", account(metricsName)),
		bind("metrics-server:system:auth-delegator", "system:auth-delegator", account(metricsName)),
		&rbacv1.RoleBinding{
			ObjectMeta: meta("metrics-server-auth-reader"),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "extension-apiserver-authentication-reader"},
			Subjects:   []rbacv1.Subject{account(metricsName)},
		},
	}
}

func metricsPod(s Spec) corev1.PodSpec {
	return corev1.PodSpec{
		SecurityContext:   unprivilegedPod(),
		PriorityClassName: "system-cluster-critical",
		Tolerations:       criticalOnly,
		Affinity:          onSystemNodes(app(metricsName)),
		Containers: []corev1.Container{{
			Name:  metricsName,
			Image: s.Images[v1alpha1.ImageMetricsServer],
			Command: []string{
				"/usr/local/bin/metrics-server",
				"--secure-port=10250",
				"--tls-cert-file=/etc/metrics-server/tls.crt",
				"--tls-private-key-file=/etc/metrics-server/tls.key",
				"--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
				"--kubelet-preferred-address-types=InternalIP",
				"--kubelet-use-node-status-port",
				"--metric-resolution=15s",
			},
			Ports:           []corev1.ContainerPort{{Name: "https", ContainerPort: metricsPort, Protocol: corev1.ProtocolTCP}},
			SecurityContext: securitycontext.Container(),
			Resources:       resources("20m", "48Mi", "1Gi"),
			ReadinessProbe:  probe(corev1.URISchemeHTTPS, "", "/readyz", metricsPort, 10, 2),
			LivenessProbe:   probe(corev1.URISchemeHTTPS, "", "/livez", metricsPort, 20, 3),
			VolumeMounts:    []corev1.VolumeMount{{Name: "tls", MountPath: "/etc/metrics-server", ReadOnly: true}},
		}},
		Volumes: []corev1.Volume{{Name: "tls", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: metricsName}}}},
	}
}

// metricsAPIService is untyped, because its type would bring in the whole aggregator.
func metricsAPIService(s Spec) client.Object {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1",
		"kind":       "APIService",
		"spec": map[string]any{
			"group":                "metrics.k8s.io",
			"version":              "v1beta1",
			"groupPriorityMinimum": int64(100),
			"versionPriority":      int64(100),
			"caBundle":             base64.StdEncoding.EncodeToString(s.MetricsServer.Authority),
			"service":              map[string]any{"namespace": namespace, "name": metricsName, "port": int64(443)},
		},
	}}
	u.SetName("v1beta1.metrics.k8s.io")
	u.SetLabels(managed(app(metricsName)))
	return u
}
