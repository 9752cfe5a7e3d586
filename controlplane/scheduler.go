package controlplane

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
)

const schedulerPort = 10259

// SchedulerStatefulSet is Kubernetes' scheduler.
func SchedulerStatefulSet(s Spec) *appsv1.StatefulSet {
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
	w := workload{
		component: v1alpha1.ComponentScheduler, containers: []corev1.Container{c},
		secrets: []string{v1alpha1.ComponentScheduler}, grace: 5,
	}
	return s.singleton(w)
}
