package controlplane

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// The audit log of a hosted API server is for its customer. It is on a volume, so that it outlives the Pods, in a directory that the API server
// itself serves to the cluster's administrators: kubectl get --raw /logs/audit/audit.log.
const (
	auditVolume    = "audit"
	auditDirectory = "/var/log/audit" // Kubernetes serves /var/log as /logs
	auditVolumeMi  = 512

	// The API server rotates: files of auditFileMB, of which auditFiles are kept besides the one that is written, for auditDays at most. Together
	// they are smaller than the volume.
	auditFileMB = 32
	auditFiles  = 9
	auditDays   = 30
)

// AuditClaim is the volume of the audit log. It goes with the cluster's namespace.
func AuditClaim(s Spec) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: s.meta(auditVolume, v1alpha1.ComponentAPIServer),
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: *resource.NewQuantity(auditVolumeMi<<20, resource.BinarySI)},
			},
		},
	}
}

// auditFlags: when a Pod follows another, both write for some seconds. Each line is one write at the file's end, and each counts the files of both.
func auditFlags(dir string) []string {
	return []string{
		"--audit-policy-file=" + dir + "/audit.yaml",
		"--audit-log-path=" + auditDirectory + "/audit.log",
		fmt.Sprintf("--audit-log-maxsize=%d", auditFileMB),
		fmt.Sprintf("--audit-log-maxbackup=%d", auditFiles),
		fmt.Sprintf("--audit-log-maxage=%d", auditDays),
		"--enable-logs-handler=true",
	}
}

func auditMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: auditVolume, MountPath: auditDirectory}
}

func auditSource() corev1.Volume {
	return corev1.Volume{Name: auditVolume, VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: auditVolume},
	}}
}

// besideTheStore is on the store's host. Two Pods of the API server share a volume while one follows the other, and most volumes are on one host
// at a time; where the store is the API server is needed anyway.
func (s Spec) besideTheStore() *corev1.Affinity {
	return &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
		LabelSelector: &metav1.LabelSelector{MatchLabels: s.selector(v1alpha1.ComponentEtcd)},
		TopologyKey:   corev1.LabelHostname,
	}}}}
}
