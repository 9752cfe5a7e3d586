package host

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"lotse.dev/probe"
	"lotse.dev/securitycontext"
)

// annotationCredentials of a static Pod is the fingerprint of the certificates that it was made with.
const annotationCredentials = "lotse.dev/credentials"

// staticPods are the names of the control plane's.
var staticPods = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}

// component is one static Pod of the control plane.
type component struct {
	name, image string
	command     []string
	// read are files and write are directories of the host, mounted at the same paths.
	read, write []string
	probe       corev1.ProbeHandler
	cpu, memory string
}

// ControlPlane are the static Pods, one manifest each.
func ControlPlane(s Spec) ([]File, error) {
	var files []File
	for _, c := range []component{etcd(s), apiServer(s), controllerManager(s), scheduler(s)} {
		content, err := yaml.Marshal(c.pod(s.Credentials))
		if err != nil {
			return nil, fmt.Errorf("static Pod %s: %w", c.name, err)
		}
		files = append(files, File{s.Data.manifest(c.name), 0o600, content})
	}
	return files, nil
}

// pod is static: the kubelet runs it without an API server. Its priority protects it when the host runs out of memory.
func (c component) pod(credentials string) *corev1.Pod {
	volumes, mounts := c.volumes()
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Name: c.name, Namespace: metav1.NamespaceSystem,
			Labels:      map[string]string{"app.kubernetes.io/name": c.name, "tier": "control-plane"},
			Annotations: map[string]string{annotationCredentials: credentials},
		},
		Spec: corev1.PodSpec{
			HostNetwork:       true,
			PriorityClassName: "system-node-critical",
			SecurityContext:   &corev1.PodSecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
			Volumes:           volumes,
			Containers: []corev1.Container{{
				Name: c.name, Image: c.image, ImagePullPolicy: corev1.PullIfNotPresent, Command: c.command,
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse(c.cpu), corev1.ResourceMemory: resource.MustParse(c.memory),
				}},
				VolumeMounts: mounts,
				StartupProbe: probe.Startup(c.probe, 15*time.Second),
				// No Service chooses these Pods, so their readiness is no more than that they have started.
				LivenessProbe:   probe.Liveness(c.probe),
				SecurityContext: securitycontext.Container(),
			}},
		},
	}
}

func (c component) volumes() (volumes []corev1.Volume, mounts []corev1.VolumeMount) {
	add := func(path string, kind corev1.HostPathType, readOnly bool) {
		name := fmt.Sprintf("v%d", len(volumes))
		volumes = append(volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			HostPath: &corev1.HostPathVolumeSource{Path: path, Type: &kind},
		}})
		mounts = append(mounts, corev1.VolumeMount{Name: name, MountPath: path, ReadOnly: readOnly})
	}
	for _, path := range c.read {
		add(path, corev1.HostPathFile, true)
	}
	for _, path := range c.write {
		add(path, corev1.HostPathDirectoryOrCreate, false)
	}
	return volumes, mounts
}

func probeAt(host string, port int, path string, scheme corev1.URIScheme) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Host: host, Port: intstr.FromInt(port), Path: path, Scheme: scheme}}
}
