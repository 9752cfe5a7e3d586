package controlplane

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
)

const schedulerPort = 10259

// schedulerContainer is Kubernetes' scheduler, in the controller manager's Pod.
func (s Spec) schedulerContainer() corev1.Container {
	dir := CredentialsDirectory(v1alpha1.ComponentScheduler)
	kubeconfig := dir + "/kubeconfig"
	c := container(v1alpha1.ComponentScheduler, s.Images[v1alpha1.ImageKubernetes], afterAPIServer(kubeconfig, "kube-scheduler",
		"--kubeconfig="+kubeconfig,
		noElection,
		"--bind-address=0.0.0.0",
		fmt.Sprintf("--secure-port=%d", schedulerPort),
		"--profiling=false",
		"--tls-cert-file="+dir+"/server.crt",
		"--tls-private-key-file="+dir+"/server.key",
		"--tls-min-version=VersionTLS12",
	)...)
	c.Resources = resources("3m", "24Mi", "1Gi")
	collectEarlier(&c, "50")
	probes{scheme: corev1.URISchemeHTTPS, port: schedulerPort, ready: "/healthz", live: "/healthz"}.on(&c)
	return c
}

// RetiredScheduler is the scheduler's own workload, which earlier versions had: the scheduler now runs in the controller manager's Pod. As long as it
// or its Pod is there the new Pod must not start, or there would be two schedulers.
func RetiredScheduler(r Ref) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{ObjectMeta: r.meta(v1alpha1.ComponentScheduler, v1alpha1.ComponentScheduler)}
}
