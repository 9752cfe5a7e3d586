package controlplane

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
)

// What an agent's token must be to be let in. The add-ons render the agents with it.
const (
	AgentNamespace      = "kube-system"
	AgentServiceAccount = "konnectivity-agent"
	AgentAudience       = "system:konnectivity-server"
)

// konnectivityContainer is the server's end of the tunnel: the API server reaches nodes and their Pods through it. Agents on the nodes
// dial in and prove themselves by a service account token, so nodes need no reachable address.
func (s Spec) konnectivityContainer() corev1.Container {
	dir := CredentialsDirectory(v1alpha1.ComponentKonnectivity)
	c := container(v1alpha1.ComponentKonnectivity, s.Images[v1alpha1.ImageKonnectivity], "/usr/local/bin/proxy-server",
		"--mode=grpc",
		"--uds-name="+TunnelSocket,
		"--delete-existing-uds-file=true",
		"--server-port=0",
		fmt.Sprintf("--agent-port=%d", TunnelPort),
		"--cluster-cert="+dir+"/server.crt",
		"--cluster-key="+dir+"/server.key",
		"--agent-namespace="+AgentNamespace,
		"--agent-service-account="+AgentServiceAccount,
		"--authentication-audience="+AgentAudience,
		"--kubeconfig="+dir+"/kubeconfig",
		"--admin-bind-address=127.0.0.1",
		"--admin-port=8133",
		fmt.Sprintf("--health-port=%d", konnectivityProbe),
		"--keepalive-time=30s",
	)
	c.Ports = []corev1.ContainerPort{{Name: "tunnel", ContainerPort: TunnelPort, Protocol: corev1.ProtocolTCP}}
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: tunnelVolume, MountPath: tunnelDirectory})
	c.Resources = resources("5m", "24Mi", "512Mi")
	// Its own readiness means "an agent is connected"; a cluster without nodes is no reason to hide its API server.
	probes{scheme: corev1.URISchemeHTTP, port: konnectivityProbe, ready: "/healthz", live: "/healthz"}.on(&c)
	return c
}
