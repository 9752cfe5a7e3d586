package install

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/images"
	"lotse.dev/probe"
	"lotse.dev/securitycontext"
)

// lotseService is the front door inside the cluster, and on a cluster that existed already also outside.
func lotseService(t Target) *corev1.Service {
	kind := corev1.ServiceTypeNodePort
	if t.Own {
		kind = corev1.ServiceTypeClusterIP
	}
	return &corev1.Service{ObjectMeta: meta(lotseName), Spec: corev1.ServiceSpec{
		Type: kind, Selector: app(lotseName),
		Ports: []corev1.ServicePort{{Name: "https", Port: 443, TargetPort: intstr.FromInt32(frontDoorPort), Protocol: corev1.ProtocolTCP}},
	}}
}

// The audit log has a volume of its own and outlives Lotse's Pod. The size of its files is limited (package audit).
const (
	auditName = "audit"
	auditDir  = "/var/lib/lotse/audit"
)

// Memory of Lotse's Pod, which shares a host with its clusters. Some 100 MiB are used while idle, and each cluster adds to the caches. Go collects
// garbage more often from the soft limit on, so that a flood slows Lotse down before it ends it.
const (
	memorySoft  = "850MiB"
	memoryLimit = "1Gi"
)

// Directories in Lotse's Pod where its Secrets are mounted.
const (
	tlsDir      = "/etc/lotse/tls"
	signingDir  = "/etc/lotse/signing"
	registryDir = "/etc/lotse/registry"
	pullDir     = "/etc/lotse/pull"
)

func auditVolume() *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{ObjectMeta: meta(auditName), Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("512Mi")}},
	}}
}

// lotse is the service itself: front door and controllers.
func lotse(t Target, keys contents) (*appsv1.Deployment, error) {
	port := corev1.ContainerPort{Name: "https", ContainerPort: frontDoorPort, Protocol: corev1.ProtocolTCP}
	if t.Own {
		host, number, err := t.listen()
		if err != nil {
			return nil, err
		}
		port.HostIP, port.HostPort = host, number
	}
	return &appsv1.Deployment{ObjectMeta: meta(lotseName), Spec: appsv1.DeploymentSpec{
		Strategy: appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}, // only one Pod can have the host port and write the audit log
		Selector: &metav1.LabelSelector{MatchLabels: app(lotseName)},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{
				Labels:      app(lotseName),
				Annotations: map[string]string{annotationKeys: keys.fingerprint(readBy[lotseName]...)},
			},
			Spec: lotsePod(t, port),
		},
	}}, nil
}

func lotsePod(t Target, port corev1.ContainerPort) corev1.PodSpec {
	return corev1.PodSpec{
		ServiceAccountName: lotseName,
		SecurityContext:    securitycontext.Pod(),
		PriorityClassName:  "system-cluster-critical",
		Containers: []corev1.Container{{
			Name: lotseName, Image: t.Images["lotse"],
			Command: append([]string{"/usr/local/bin/lotse", "serve"}, serveFlags(t)...),
			Ports: []corev1.ContainerPort{port,
				{Name: "metrics", ContainerPort: metricsPort, Protocol: corev1.ProtocolTCP}},
			Env:             append(traces(t), corev1.EnvVar{Name: "GOMEMLIMIT", Value: memorySoft}),
			Resources:       limited(requests("50m", "128Mi"), memoryLimit),
			SecurityContext: securitycontext.Container(),
			VolumeMounts: []corev1.VolumeMount{
				mount("tls", tlsDir), mount("signing", signingDir), mount("registry", registryDir), mount("pull", pullDir),
				{Name: "tmp", MountPath: "/tmp"}, {Name: auditName, MountPath: auditDir},
			},
			// It is Ready when it has started: there is no other one that requests could go to.
			StartupProbe:  probe.Startup(healthz(), 5*time.Second),
			LivenessProbe: probe.Liveness(healthz()),
		}},
		Volumes: []corev1.Volume{
			secretVolume("tls", secretFrontDoor), secretVolume("signing", secretSigning), secretVolume("registry", secretRegistryClient),
			secretVolume("pull", secretPullTokens),
			{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
			{Name: auditName, VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: auditName},
			}},
		},
		TerminationGracePeriodSeconds: ptr.To[int64](15),
	}
}

// traces are enabled by OpenTelemetry's own variable.
func traces(t Target) []corev1.EnvVar {
	if t.OTLPEndpoint == "" {
		return nil
	}
	return []corev1.EnvVar{{Name: "OTEL_EXPORTER_OTLP_ENDPOINT", Value: t.OTLPEndpoint}}
}

func serveFlags(t Target) []string {
	flags := []string{
		fmt.Sprintf("--listen=:%d", frontDoorPort),
		"--hosts=" + strings.Join(t.hosts(), ","),
		"--tls-dir=" + tlsDir,
		"--audit-dir=" + auditDir,
		"--signing-key=" + signingDir + "/" + keySigning,
		"--public-host=" + t.PublicHost,
		"--public-url=" + t.PublicURL,
		"--location=local",
		"--registry-name=" + images.Registry,
		fmt.Sprintf("--registry-endpoint=https://%s:%d", t.RegistryIP, registryReadPort),
		"--registry-ca-file=" + registryDir + "/" + keyAuthority,
		fmt.Sprintf("--registry-write-endpoint=https://%s:%d", registryHost, registryWritePort),
		"--registry-client-dir=" + registryDir,
		"--pull-token-key=" + pullDir + "/" + keySigning,
		fmt.Sprintf("--metrics-listen=:%d", metricsPort),
		"--leader-elect",
	}
	if t.MachineRuntime != "" {
		flags = append(flags, "--machine-runtime-class="+t.MachineRuntime)
	}
	if t.MachineProfile != "" {
		flags = append(flags, "--machine-seccomp-profile="+t.MachineProfile)
	}
	if t.LogLevel != "" {
		flags = append(flags, "--log-level="+t.LogLevel)
	}
	return flags
}

func healthz() corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
		Path: "/healthz", Port: intstr.FromInt32(frontDoorPort), Scheme: corev1.URISchemeHTTPS,
	}}
}
