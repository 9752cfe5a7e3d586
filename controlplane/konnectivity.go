package controlplane

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/probe"
)

// What an agent's token must be to be let in. The add-ons render the agents with it.
const (
	AgentNamespace      = "kube-system"
	AgentServiceAccount = "konnectivity-agent"
	AgentAudience       = "system:konnectivity-server"
)

// ServerAnnouncement is the Lease, in the agents' namespace, in which a Konnectivity server that starts announces itself to the agents.
const ServerAnnouncement = v1alpha1.ComponentKonnectivity

// konnectivityContainer is the server's end of the tunnel: the API server reaches nodes and their Pods through it. Agents on the nodes
// dial in and prove themselves by a service account token, so nodes need no reachable address.
//
// When the Pod is replaced, the new server announces its own address by way of the old API server, and agents connect to it while its API
// server starts. Only then does the Pod become Ready; the old server ends after its API server. So the tunnel of neither is ever without agents.
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
		fmt.Sprintf("--announced-address=$(%s):%d", podAddress, TunnelPort),
		"--announcement-namespace="+AgentNamespace,
		"--announcement-name="+ServerAnnouncement,
		fmt.Sprintf("--api-server=127.0.0.1:%d", APIPort),
		fmt.Sprintf("--start-port=%d", konnectivityStart),
	)
	c.Env = []corev1.EnvVar{{Name: podAddress, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}}
	c.Ports = []corev1.ContainerPort{{Name: "tunnel", ContainerPort: TunnelPort, Protocol: corev1.ProtocolTCP}}
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: tunnelVolume, MountPath: tunnelDirectory})
	c.Resources = resources("2m", "16Mi", "512Mi")
	// Its own readiness means "an agent is connected"; a cluster without nodes is no reason to hide its API server.
	// But while an older API server serves, the start waits for the first agent, for half a minute at most.
	probes{scheme: corev1.URISchemeHTTP, port: konnectivityProbe, ready: "/healthz", live: "/healthz"}.on(&c)
	c.StartupProbe = probe.Startup(probes{scheme: corev1.URISchemeHTTP, port: konnectivityStart}.get("/"), time.Second)
	return c
}

// podAddress is the variable with the Pod's address.
const podAddress = "POD_IP"
