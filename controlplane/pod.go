package controlplane

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// unprivileged is the user and group that every component runs as.
const unprivileged = 65532

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
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   ptr.To(true),
				RunAsUser:      ptr.To[int64](unprivileged),
				RunAsGroup:     ptr.To[int64](unprivileged),
				FSGroup:        ptr.To[int64](unprivileged),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
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

// alone is a component of which there is never more than one, and which keeps nothing. Parallel, so that a Pod that never becomes Ready is
// replaced when it should be another.
func (s Spec) alone(w workload) *appsv1.StatefulSet {
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
		Name:         name,
		Image:        image,
		Command:      command,
		VolumeMounts: []corev1.VolumeMount{{Name: name, MountPath: CredentialsDirectory(name), ReadOnly: true}},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false),
			ReadOnlyRootFilesystem:   ptr.To(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

// once is a program's command that begins when the API server is ready.
func once(kubeconfig, program string, flags ...string) []string {
	return append([]string{"/usr/local/bin/kubernetes", "await", kubeconfig, "/usr/local/bin/" + program}, flags...)
}

// small makes Go collect garbage earlier than by default. It costs little in a mostly idle program, and memory is what bounds how many
// control planes a machine carries.
func small(c *corev1.Container, percent string) {
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

// probes of one container. The startup probe asks every second and waits no longer for an answer, so that a start is seen at once: an API
// server that waits for its store lets questions hang. It gives up late: on a busy machine a start takes minutes, and one that is cut short
// starts over. After it the others take their time, and wait for an answer: a program that has not answered for some 40 s hangs, and is not
// only late. It is replaced at once, because a program that answers no question hears no request to end either.
type probes struct {
	scheme      corev1.URIScheme
	port        int32
	ready, live string
}

func (p probes) on(c *corev1.Container) {
	c.StartupProbe = p.probe(p.ready, 1, 600)
	c.StartupProbe.TimeoutSeconds = 1
	c.ReadinessProbe = p.probe(p.ready, 10, 2)
	c.LivenessProbe = p.probe(p.live, 10, 3)
	c.LivenessProbe.TimeoutSeconds = 10
	c.LivenessProbe.TerminationGracePeriodSeconds = ptr.To[int64](1)
}

func (p probes) probe(path string, period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(p.port), Scheme: p.scheme},
		},
		PeriodSeconds:    period,
		FailureThreshold: failures,
		TimeoutSeconds:   5,
	}
}
