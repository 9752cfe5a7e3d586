package controlplane

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const controllerManagerPort = 10257

// leaderElection is kept although there is one Pod: when the host of the old one cannot be reached, the new one must not act beside it.
// The short retry is for the start, which would else wait up to four seconds after the API server answers.
var leaderElection = []string{"--leader-elect=true", "--leader-elect-retry-period=1s"}

// replaced means that the old Pod is gone before the new one starts: a second one could only wait for the first one's lease.
var replaced = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}

// ControllerManagerDeployment is Kubernetes' own controllers.
func ControllerManagerDeployment(s Spec) *appsv1.Deployment {
	c := container(ControllerManager, s.Images[imageKubernetes],
		append([]string{"/usr/local/bin/kube-controller-manager"}, s.controllerManagerFlags()...)...)
	c.Resources = resources("10m", "64Mi", "1Gi")
	probes{scheme: corev1.URISchemeHTTPS, port: controllerManagerPort, ready: "/healthz", live: "/healthz"}.on(&c)
	w := workload{component: ControllerManager, containers: []corev1.Container{c}, secrets: []string{ControllerManager}, grace: 5}
	return s.deployment(w, replaced)
}

func (s Spec) controllerManagerFlags() []string {
	dir := CredentialsDirectory(ControllerManager)
	flags := []string{
		"--kubeconfig=" + dir + "/kubeconfig",
		"--bind-address=0.0.0.0",
		fmt.Sprintf("--secure-port=%d", controllerManagerPort),
		"--profiling=false",
		"--tls-min-version=VersionTLS12",
		// The machine controller approves a node's certificate requests, against the machine it made. Nothing else does.
		"--controllers=*,bootstrap-signer-controller,token-cleaner-controller,-certificatesigningrequest-approving-controller",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + dir + "/service-account.key",
		"--root-ca-file=" + dir + "/cluster-ca.crt",
		"--cluster-signing-cert-file=" + dir + "/cluster-ca.crt",
		"--cluster-signing-key-file=" + dir + "/cluster-ca.key",
		"--cluster-signing-duration=8760h",
		"--allocate-node-cidrs=true",
		"--cluster-cidr=" + s.Network.PodCIDR,
		"--service-cluster-ip-range=" + s.Network.ServiceCIDR,
		// With the default of 20 a second a new cluster waits seconds for its own controllers.
		"--kube-api-qps=150",
		"--kube-api-burst=300",
	}
	return append(flags, leaderElection...)
}
