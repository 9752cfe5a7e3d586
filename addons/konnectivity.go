package addons

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/securitycontext"
)

const agentHealthPort = 8134

// konnectivity is the nodes' end of the tunnel. It runs on the host network, so that logs and exec work without any CNI.
func konnectivity(s Spec) []client.Object {
	return []client.Object{
		serviceAccount(controlplane.AgentServiceAccount),
		daemonSet(controlplane.AgentServiceAccount, agentPod(s)),
	}
}

func agentPod(s Spec) corev1.PodSpec {
	const directory = "/var/run/secrets/tunnel"
	return corev1.PodSpec{
		SecurityContext:               unprivilegedPod(),
		AutomountServiceAccountToken:  ptr.To(false),
		TerminationGracePeriodSeconds: ptr.To[int64](5),
		Containers: []corev1.Container{{
			Name:  controlplane.AgentServiceAccount,
			Image: s.Images[v1alpha1.ImageKonnectivity],
			Command: []string{
				"/usr/local/bin/proxy-agent",
				"--proxy-server-host=" + s.Endpoint.InternalHost,
				fmt.Sprintf("--proxy-server-port=%d", s.Endpoint.TunnelPort),
				"--ca-cert=" + directory + "/ca.crt",
				"--service-account-token-path=" + directory + "/token",
				"--admin-bind-address=127.0.0.1",
				"--admin-server-port=8133",
				"--health-server-host=127.0.0.1",
				fmt.Sprintf("--health-server-port=%d", agentHealthPort),
				"--keepalive-time=30s",
				// After a change of the API server's Pod the tunnel must be back soon.
				"--sync-interval=1s",
				"--sync-interval-cap=5s",
				"--probe-interval=1s",
			},
			SecurityContext: securitycontext.Container(),
			Resources:       resources("10m", "24Mi", "256Mi"),
			ReadinessProbe:  probe(corev1.URISchemeHTTP, "127.0.0.1", "/readyz", agentHealthPort, 2, 3),
			LivenessProbe:   probe(corev1.URISchemeHTTP, "127.0.0.1", "/healthz", agentHealthPort, 10, 6),
			VolumeMounts:    []corev1.VolumeMount{{Name: "tunnel", MountPath: directory, ReadOnly: true}},
		}},
		Volumes: []corev1.Volume{{Name: "tunnel", VolumeSource: corev1.VolumeSource{Projected: agentIdentity()}}},
	}
}

// agentIdentity is a token that is good for the tunnel only, and the authority to know the server by.
func agentIdentity() *corev1.ProjectedVolumeSource {
	return &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
			Path: "token", Audience: controlplane.AgentAudience, ExpirationSeconds: ptr.To[int64](3600),
		}},
		{ConfigMap: rootAuthority()},
	}}
}

// rootAuthority is the cluster's authority, which the controller manager puts into every namespace.
func rootAuthority() *corev1.ConfigMapProjection {
	return &corev1.ConfigMapProjection{
		LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"},
		Items:                []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}},
	}
}
