package controlplane

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const schedulerPort = 10259

// SchedulerDeployment is Kubernetes' scheduler.
func SchedulerDeployment(s Spec) *appsv1.Deployment {
	flags := []string{
		"/usr/local/bin/kube-scheduler",
		"--kubeconfig=" + CredentialsDirectory(Scheduler) + "/kubeconfig",
		"--bind-address=0.0.0.0",
		fmt.Sprintf("--secure-port=%d", schedulerPort),
		"--profiling=false",
		"--tls-min-version=VersionTLS12",
	}
	c := container(Scheduler, s.Images[imageKubernetes], append(flags, leaderElection...)...)
	c.Resources = resources("5m", "32Mi", "1Gi")
	probes{scheme: corev1.URISchemeHTTPS, port: schedulerPort, ready: "/healthz", live: "/healthz"}.on(&c)
	w := workload{component: Scheduler, containers: []corev1.Container{c}, secrets: []string{Scheduler}, grace: 5}
	return s.deployment(w, replaced)
}
