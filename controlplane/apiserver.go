package controlplane

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/probe"
)

// tunnelVolume carries the socket between API server and Konnectivity server; nothing else can reach it.
const (
	tunnelVolume    = "tunnel"
	tunnelDirectory = "/run/konnectivity"
	// TunnelSocket is where the API server connects to the Konnectivity server.
	TunnelSocket = tunnelDirectory + "/server.sock"
)

// APIServerDeployment is the API server with the Konnectivity server beside it. A new Pod is Ready before the old one goes, so that
// renewed certificates and new versions interrupt no client.
func APIServerDeployment(s Spec) *appsv1.Deployment {
	w := workload{
		component:  v1alpha1.ComponentAPIServer,
		containers: []corev1.Container{s.apiServerContainer(), s.konnectivityContainer()},
		secrets:    []string{v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity},
		volumes: []corev1.Volume{{Name: tunnelVolume, VolumeSource: corev1.VolumeSource{
			EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory},
		}}, auditSource()},
		affinity: s.besideTheStore(),
		grace:    20,
	}
	return s.deployment(w, appsv1.DeploymentStrategy{
		Type: appsv1.RollingUpdateDeploymentStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDeployment{
			MaxSurge:       ptr.To(intstr.FromInt32(1)),
			MaxUnavailable: ptr.To(intstr.FromInt32(0)),
		},
	})
}

func (s Spec) apiServerContainer() corev1.Container {
	c := container(v1alpha1.ComponentAPIServer, s.Images[v1alpha1.ImageKubernetes], append([]string{"/usr/local/bin/kube-apiserver"}, s.apiServerFlags()...)...)
	c.Ports = []corev1.ContainerPort{{Name: "https", ContainerPort: APIPort, Protocol: corev1.ProtocolTCP}}
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: tunnelVolume, MountPath: tunnelDirectory}, auditMount())
	// Collecting earlier than Go's default costs little on a mostly idle server and keeps it small; near the limit Go collects harder
	// before the kernel kills.
	c.Env = []corev1.EnvVar{{Name: "GOGC", Value: "60"}, {Name: "GOMEMLIMIT", Value: "3600MiB"}}
	c.Resources = resources("10m", "208Mi", "4Gi")
	// A store that does not answer is no reason to end the API server: it carries on when the store is back.
	probes{scheme: corev1.URISchemeHTTPS, port: APIPort, ready: "/readyz", live: "/livez?exclude=etcd"}.on(&c)
	return c
}

func (s Spec) apiServerFlags() []string {
	dir := CredentialsDirectory(v1alpha1.ComponentAPIServer)
	flags := []string{
		"--advertise-address=" + s.Endpoint.InternalHost,
		fmt.Sprintf("--secure-port=%d", APIPort),
		// The add-ons write the endpoints of the Service "kubernetes": they are this address as long as the cluster lives. The API
		// server's own reconciler would take it away for up to ten seconds whenever one of two Pods goes.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=" + s.Network.ServiceCIDR,
		"--allow-privileged=true",
		"--profiling=false",
		"--shutdown-delay-duration=3s",
		// Then watches are ended within a second. Otherwise one client that watches keeps an API server that is to end until its Pod's grace period
		// is over, and is cut off then. Other clients are told to open new connections; --shutdown-send-retry-after would make them wait for 5 s.
		"--shutdown-watch-termination-grace-period=1s",
		probe.LivezGracePeriod,

		"--etcd-servers=" + s.etcdURL(),
		"--etcd-cafile=" + dir + "/etcd-ca.crt",
		"--etcd-certfile=" + dir + "/etcd-client.crt",
		"--etcd-keyfile=" + dir + "/etcd-client.key",
		"--encryption-provider-config=" + dir + "/encryption.yaml",

		"--tls-cert-file=" + dir + "/server.crt",
		"--tls-private-key-file=" + dir + "/server.key",
		"--tls-min-version=VersionTLS12",
		"--client-ca-file=" + dir + "/cluster-ca.crt",
		"--authentication-config=" + dir + "/authentication.yaml",
		"--enable-bootstrap-token-auth=true",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",

		"--service-account-key-file=" + dir + "/service-account.pub",
		"--service-account-signing-key-file=" + dir + "/service-account.key",

		"--kubelet-certificate-authority=" + dir + "/cluster-ca.crt",
		"--kubelet-client-certificate=" + dir + "/kubelet-client.crt",
		"--kubelet-client-key=" + dir + "/kubelet-client.key",
		"--kubelet-preferred-address-types=InternalIP,Hostname",
		"--egress-selector-config-file=" + dir + "/egress.yaml",
	}
	return slices.Concat(flags, s.issuerFlags(), auditFlags(dir), frontProxyFlags(dir))
}

// frontProxyFlags let the API server speak for its users to aggregated API servers such as metrics-server.
func frontProxyFlags(dir string) []string {
	return []string{
		"--requestheader-client-ca-file=" + dir + "/front-proxy-ca.crt",
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + dir + "/front-proxy-client.crt",
		"--proxy-client-key-file=" + dir + "/front-proxy-client.key",
	}
}
