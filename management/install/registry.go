package install

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/probe"
	"lotse.dev/securitycontext"
)

// registryConfig is distribution's configuration. Nodes use a read-only server; the read-write one requires a client certificate of the
// registry's authority, and removes uploads that were abandoned. What each lets through is images/components/registry/gate's.
func registryConfig(port int, writable bool) string {
	maintenance, clients := "\n  maintenance:\n    readonly:\n      enabled: true", ""
	if writable {
		maintenance = `
  delete:
    enabled: true
  maintenance:
    uploadpurging:
      enabled: true
      age: 24h
      interval: 1h
      dryrun: false`
		clients = "\n    clientcas:\n    - /etc/registry/tls/ca.crt"
	}
	return fmt.Sprintf(`version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: /var/lib/registry%s
http:
  addr: :%d
  tls:
    certificate: /etc/registry/tls/tls.crt
    key: /etc/registry/tls/tls.key%s
`, maintenance, port, clients)
}

// registryService is applied first: certificates and machines need its address.
func registryService(t Target) *corev1.Service {
	port := func(name string, number int32) corev1.ServicePort {
		return corev1.ServicePort{Name: name, Port: number, TargetPort: intstr.FromInt32(number), Protocol: corev1.ProtocolTCP}
	}
	return &corev1.Service{ObjectMeta: meta(registryName), Spec: corev1.ServiceSpec{
		ClusterIP: t.RegistryIP, Selector: app(registryName),
		Ports: []corev1.ServicePort{port("read", registryReadPort), port("write", registryWritePort)},
	}}
}

// registry serves every image to the nodes and takes new ones from the front door; both servers use one volume.
func registry(t Target, keys contents) []client.Object {
	return []client.Object{
		&corev1.ConfigMap{ObjectMeta: meta(registryName), Data: map[string]string{
			"read.yml": registryConfig(registryReadPort, false), "write.yml": registryConfig(registryWritePort, true),
		}},
		&corev1.PersistentVolumeClaim{ObjectMeta: meta(registryName), Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("20Gi")}},
		}},
		&appsv1.Deployment{ObjectMeta: meta(registryName), Spec: appsv1.DeploymentSpec{
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}, // only one Pod can write the volume
			Selector: &metav1.LabelSelector{MatchLabels: app(registryName)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{
					Labels:      app(registryName),
					Annotations: map[string]string{annotationKeys: keys.fingerprint(readBy[registryName]...)}, // the configuration changes only with the program
				},
				Spec: registryPod(t),
			},
		}},
	}
}

func registryPod(t Target) corev1.PodSpec {
	container := func(name string, port int32) corev1.Container {
		return corev1.Container{
			Name: name, Image: t.Images["registry"],
			Command: []string{"/usr/local/bin/registry", "serve", "/etc/registry/" + name + ".yml"},
			Env: []corev1.EnvVar{
				{Name: "OTEL_TRACES_EXPORTER", Value: "none"}, {Name: "PULL_TOKEN_KEY_FILE", Value: "/etc/registry/pull/" + keyPublic},
			},
			Ports:           []corev1.ContainerPort{{Name: name, ContainerPort: port, Protocol: corev1.ProtocolTCP}},
			Resources:       limited(requests("10m", "32Mi"), "512Mi"), // it streams blobs, and manifests are small (images/components/registry/gate)
			SecurityContext: securitycontext.Container(),
			VolumeMounts: []corev1.VolumeMount{
				{Name: "data", MountPath: "/var/lib/registry", ReadOnly: name == "read"}, mount("config", "/etc/registry"),
			},
			StartupProbe: probe.Startup(corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port)}}, time.Second),
		}
	}
	// The read-write server has no HTTP probe: the kubelet has no client certificate, and each attempt would add a line to its log.
	read := container("read", registryReadPort)
	read.ReadinessProbe = &corev1.Probe{PeriodSeconds: 30, ProbeHandler: corev1.ProbeHandler{
		HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(registryReadPort), Scheme: corev1.URISchemeHTTPS},
	}}
	return corev1.PodSpec{
		AutomountServiceAccountToken: ptr.To(false),
		SecurityContext:              securitycontext.Pod(),
		Containers:                   []corev1.Container{read, container("write", registryWritePort)},
		Volumes: []corev1.Volume{registryFiles(), {Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: registryName},
		}}},
	}
}

// registryFiles is a volume with configuration and keys.
func registryFiles() corev1.Volume {
	return corev1.Volume{Name: "config", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		Sources: []corev1.VolumeProjection{
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: registryName}}},
			{Secret: &corev1.SecretProjection{
				LocalObjectReference: corev1.LocalObjectReference{Name: secretRegistry},
				Items: []corev1.KeyToPath{
					{Key: keyCertificate, Path: "tls/" + keyCertificate}, {Key: keyPrivate, Path: "tls/" + keyPrivate},
					{Key: keyAuthority, Path: "tls/" + keyAuthority},
				},
			}},
			{Secret: &corev1.SecretProjection{
				LocalObjectReference: corev1.LocalObjectReference{Name: secretPullTokens},
				Items:                []corev1.KeyToPath{{Key: keyPublic, Path: "pull/" + keyPublic}}, // and not what signs them
			}},
		},
		DefaultMode: ptr.To[int32](0o440),
	}}}
}
