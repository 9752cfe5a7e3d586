package controlplane

import (
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/probe"
	"lotse.dev/securitycontext"
)

// CredentialsDirectory is where a container finds the files of the Secret of that name.
func CredentialsDirectory(secret string) string { return "/etc/lotse/" + secret }

// workload is what one component's Pods are made of.
type workload struct {
	component  string
	containers []corev1.Container
	// secrets are mounted by the container of the same name and roll the Pods when they change.
	secrets []string
	volumes []corev1.Volume
	// affinity to other Pods; nil for none.
	affinity *corev1.Affinity
	grace    int64
}

func (s Spec) podTemplate(w workload) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels:      s.labels(w.component),
			Annotations: map[string]string{AnnotationCredentials: s.credentialHash(w.secrets)},
		},
		Spec: corev1.PodSpec{
			Containers:                    w.containers,
			Volumes:                       append(secretVolumes(w.secrets), w.volumes...),
			Affinity:                      w.affinity,
			TerminationGracePeriodSeconds: ptr.To(w.grace),
			AutomountServiceAccountToken:  ptr.To(false),
			EnableServiceLinks:            ptr.To(false),
			DNSPolicy:                     corev1.DNSNone,
			DNSConfig:                     noNames(),
			SecurityContext:               securitycontext.Pod(),
		},
	}
}

// noNames resolves nothing: the address is the Pod's own, where no server is. Components find each other by address, but a customer can make
// an API server look names up (a Node's host name, for one), and the management cluster's DNS knows the namespaces of all customers.
func noNames() *corev1.PodDNSConfig {
	return &corev1.PodDNSConfig{
		Nameservers: []string{"127.0.0.1"},
		Options:     []corev1.PodDNSConfigOption{{Name: "timeout", Value: ptr.To("1")}, {Name: "attempts", Value: ptr.To("1")}},
	}
}

func (s Spec) deployment(w workload, strategy appsv1.DeploymentStrategy) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: s.meta(w.component, w.component),
		Spec: appsv1.DeploymentSpec{
			Replicas:             ptr.To[int32](1),
			RevisionHistoryLimit: ptr.To[int32](2),
			Strategy:             strategy,
			Selector:             &metav1.LabelSelector{MatchLabels: s.selector(w.component)},
			Template:             s.podTemplate(w),
		},
	}
}

// singleton is a component without data, of which there is never more than one Pod. Its Pods are managed in parallel, so that one that never
// becomes Ready is replaced when its template changes.
func (s Spec) singleton(w workload) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{
		ObjectMeta: s.meta(w.component, w.component),
		Spec: appsv1.StatefulSetSpec{
			Replicas:             ptr.To[int32](1),
			ServiceName:          w.component,
			RevisionHistoryLimit: ptr.To[int32](2),
			PodManagementPolicy:  appsv1.ParallelPodManagement,
			Selector:             &metav1.LabelSelector{MatchLabels: s.selector(w.component)},
			Template:             s.podTemplate(w),
		},
	}
}

func (s Spec) credentialHash(secrets []string) string {
	hashes := make([]string, 0, len(secrets))
	for _, name := range secrets {
		hashes = append(hashes, s.CredentialHashes[name])
	}
	return strings.Join(hashes, "-")
}

func secretVolumes(secrets []string) []corev1.Volume {
	var volumes []corev1.Volume
	for _, name := range secrets {
		volumes = append(volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			Secret: &corev1.SecretVolumeSource{SecretName: name, DefaultMode: ptr.To[int32](0o440)},
		}})
	}
	return volumes
}

// container is a hardened container that mounts the Secret of its own name.
func container(name, image string, command ...string) corev1.Container {
	return corev1.Container{
		Name:            name,
		Image:           image,
		Command:         command,
		VolumeMounts:    []corev1.VolumeMount{{Name: name, MountPath: CredentialsDirectory(name), ReadOnly: true}},
		SecurityContext: securitycontext.Container(),
	}
}

// afterAPIServer is the command of a program that starts when the API server is ready.
func afterAPIServer(kubeconfig, program string, flags ...string) []string {
	return append([]string{"/usr/local/bin/kubernetes", "await", kubeconfig, "/usr/local/bin/" + program}, flags...)
}

// collectEarlier makes Go collect garbage earlier than by default. It costs little in a mostly idle program, and memory bounds how many
// control planes a machine carries.
func collectEarlier(c *corev1.Container, percent string) {
	c.Env = append(c.Env, corev1.EnvVar{Name: "GOGC", Value: percent})
}

// resources without a CPU limit: throttling a control plane makes it fail its own leases. The memory limit keeps one customer's load
// from taking the host's memory.
func resources(cpu, memory, memoryLimit string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memoryLimit)},
	}
}

// probes of one container, by the same settings as every other container of Lotse (package probe). The startup probe waits no longer than a
// second for an answer, so that a start is noticed at once: an API server that waits for etcd lets requests hang.
//
// Each probe is a connection, most often with a TLS handshake. A container whose readiness would be asked for as its liveness is needs no
// probe of its own for it: it is Ready when it has started.
type probes struct {
	scheme      corev1.URIScheme
	port        int32
	ready, live string
}

func (p probes) on(c *corev1.Container) {
	c.StartupProbe = probe.Startup(p.get(p.ready), time.Second)
	if p.ready != p.live {
		c.ReadinessProbe = &corev1.Probe{ProbeHandler: p.get(p.ready), PeriodSeconds: 10, FailureThreshold: 2, TimeoutSeconds: 5}
	}
	c.LivenessProbe = probe.Liveness(p.get(p.live))
}

func (p probes) get(path string) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(p.port), Scheme: p.scheme}}
}
