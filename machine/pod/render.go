package pod

import (
	"path"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/capacity"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/provider"
	"lotse.dev/probe"
)

const (
	agent = "/usr/local/bin/lotse-node"
	// graceSeconds let the agent stop the kubelet and containerd in order. The workloads were drained before.
	graceSeconds = 10
)

// diskDirectories are the directories that survive a restart, by their name on the disk.
var diskDirectories = []struct{ name, path string }{
	{"containerd", "/var/lib/containerd"},
	{"kubelet", "/var/lib/kubelet"},
	{"log", "/var/log"},
}

// Pod renders a machine.
func Pod(i provider.Instance, isolation Isolation) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: i.Namespace, Name: i.Name, Labels: i.Labels},
		Spec: corev1.PodSpec{
			Hostname:                      i.Name,
			RestartPolicy:                 corev1.RestartPolicyAlways,
			TerminationGracePeriodSeconds: new(int64(graceSeconds)),
			DNSPolicy:                     corev1.DNSDefault, // the machine is a host: it must not resolve the management cluster's Services
			AutomountServiceAccountToken:  new(false),
			EnableServiceLinks:            new(false),
			TopologySpreadConstraints:     spread(i.Labels),
			Containers:                    []corev1.Container{container(i)},
			Volumes:                       volumes(i),
		},
	}
	isolation.confine(&p.Spec)
	return p
}

// spread distributes the machines of a scale set over the hosts there are, as a scale set spreads over fault domains.
func spread(labels map[string]string) []corev1.TopologySpreadConstraint {
	set := labels[v1alpha1.LabelScaleSet]
	if set == "" {
		return nil
	}
	return []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway,
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelScaleSet: set}},
	}}
}

func container(i provider.Instance) corev1.Container {
	return corev1.Container{
		Name:            "machine",
		Image:           i.Image,
		Command:         []string{agent, "machine"},
		SecurityContext: securityContext(),
		Resources: corev1.ResourceRequirements{
			Requests: capacity.Machine.Resources(),
			Limits: corev1.ResourceList{
				corev1.ResourceCPU:    *resource.NewQuantity(int64(i.Size.CPUs), resource.DecimalSI),
				corev1.ResourceMemory: *resource.NewQuantity(i.Size.MemoryBytes, resource.BinarySI),
			},
		},
		StartupProbe:   probe.Startup(get("/livez"), 5*time.Second),
		ReadinessProbe: &corev1.Probe{ProbeHandler: get("/readyz"), PeriodSeconds: 5, FailureThreshold: 3, TimeoutSeconds: 5},
		LivenessProbe:  probe.Liveness(get("/livez")), // of the agent; the agent itself restarts processes that fail
		VolumeMounts:   mounts(),
	}
}

// get asks the agent by HTTP: an exec probe would cost a process each time.
func get(path string) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(boot.HealthPort)}}
}

// securityContext is what a kubelet and the containers it runs need: all rights over the machine's own namespaces, and no device of the host. The
// rights that are left out concern the host alone; what a customer's privileged Pod gets is what the machine has.
func securityContext() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		Capabilities: &corev1.Capabilities{
			Add: []corev1.Capability{"ALL"}, // that the host itself has
			Drop: []corev1.Capability{
				"SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "SYS_TIME", "SYS_PACCT", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND",
				"AUDIT_CONTROL", "AUDIT_READ", "MAC_ADMIN", "MAC_OVERRIDE",
				"DAC_READ_SEARCH", // opens files by their number, past every mount
			},
		},
		// Containers inside have profiles of their own; a machine that is itself confined could not start them.
		SeccompProfile:  &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined},
		AppArmorProfile: &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined},
	}
}

func mounts() []corev1.VolumeMount {
	mounts := []corev1.VolumeMount{
		{Name: "machine", MountPath: path.Dir(boot.MachineFile), ReadOnly: true},
		{Name: "modules", MountPath: "/lib/modules", ReadOnly: true},
	}
	for _, d := range diskDirectories {
		mounts = append(mounts, corev1.VolumeMount{Name: "disk", MountPath: d.path, SubPath: d.name})
	}
	return mounts
}

func volumes(i provider.Instance) []corev1.Volume {
	return []corev1.Volume{
		{Name: "machine", VolumeSource: corev1.VolumeSource{
			Secret: &corev1.SecretVolumeSource{SecretName: i.BootSecret, DefaultMode: new(int32(0o400))},
		}},
		{Name: "modules", VolumeSource: corev1.VolumeSource{
			HostPath: &corev1.HostPathVolumeSource{Path: "/lib/modules", Type: new(corev1.HostPathDirectoryOrCreate)},
		}},
		{Name: "disk", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: i.Name},
		}},
	}
}
