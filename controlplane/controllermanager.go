package controlplane

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
)

const controllerManagerPort = 10257

// noElection, because there is never more than one: a StatefulSet starts a Pod's successor only when the Pod is known to have ended, also
// when its host cannot be reached. A lease would cost two writes a second in each idle cluster, and a successor the old one's remaining time.
const noElection = "--leader-elect=false"

// ControllerManagerStatefulSet is Kubernetes' own controllers and its scheduler. They share a Pod, because they start, move and roll together anyway,
// and each Pod costs its host a sandbox. A container that fails is restarted by itself.
func ControllerManagerStatefulSet(s Spec) *appsv1.StatefulSet {
	return s.singleton(workload{
		component:  v1alpha1.ComponentControllerManager,
		containers: []corev1.Container{s.controllerManagerContainer(), s.schedulerContainer()},
		secrets:    []string{v1alpha1.ComponentControllerManager, v1alpha1.ComponentScheduler},
		grace:      5,
	})
}

func (s Spec) controllerManagerContainer() corev1.Container {
	kubeconfig := CredentialsDirectory(v1alpha1.ComponentControllerManager) + "/kubeconfig"
	c := container(v1alpha1.ComponentControllerManager, s.Images[v1alpha1.ImageKubernetes],
		afterAPIServer(kubeconfig, "kube-controller-manager", s.controllerManagerFlags(kubeconfig)...)...)
	c.Resources = resources("5m", "48Mi", "1Gi")
	collectEarlier(&c, "50")
	probes{scheme: corev1.URISchemeHTTPS, port: controllerManagerPort, ready: "/healthz", live: "/healthz"}.on(&c)
	return c
}

// RootAuthorities is the file of the controller manager's Secret with what Pods have to trust, while that is more than the authority that signs.
const RootAuthorities = "root-ca.crt"

func (s Spec) rootAuthorities() string {
	if s.Overlap {
		return RootAuthorities
	}
	return "cluster-ca.crt"
}

func (s Spec) controllerManagerFlags(kubeconfig string) []string {
	dir := CredentialsDirectory(v1alpha1.ComponentControllerManager)
	return []string{
		"--kubeconfig=" + kubeconfig,
		noElection,
		"--bind-address=0.0.0.0",
		fmt.Sprintf("--secure-port=%d", controllerManagerPort),
		"--profiling=false",
		"--tls-cert-file=" + dir + "/server.crt",
		"--tls-private-key-file=" + dir + "/server.key",
		"--tls-min-version=VersionTLS12",
		// The machine controller approves a node's certificate requests, against the machine it made. Nothing else does.
		"--controllers=*,bootstrap-signer-controller,token-cleaner-controller,-certificatesigningrequest-approving-controller",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + dir + "/service-account.key",
		"--root-ca-file=" + dir + "/" + s.rootAuthorities(),
		"--cluster-signing-cert-file=" + dir + "/cluster-ca.crt",
		"--cluster-signing-key-file=" + dir + "/cluster-ca.key",
		"--cluster-signing-duration=8760h",
		// The machine controller gives nodes the addresses of their Pods (package machine/podcidr).
		"--allocate-node-cidrs=false",
		"--service-cluster-ip-range=" + s.Network.ServiceCIDR,
		// With the default of 20 a second a new cluster waits seconds for its own controllers.
		"--kube-api-qps=150",
		"--kube-api-burst=300",
	}
}
