package baseaddons

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/securitycontext"
)

// StorageClass of the volumes that Storage provides.
const StorageClass = "lotse-directory"

const (
	storageNamespace = "lotse-storage"
	storageName      = "volumes"
	// storageProvisioner is the name that images/components/volumes answers to.
	storageProvisioner = "lotse.dev/directory"
)

// Storage provides volumes that are directories below path on each node. Its class is the cluster's default. Sizes are not enforced. The
// namespace admits privileged Pods, because the provisioner mounts that directory of the node.
func Storage(image, path string, binding storagev1.VolumeBindingMode) []client.Object {
	namespace := meta("", storageNamespace)
	namespace.Labels["pod-security.kubernetes.io/enforce"] = "privileged"
	class := meta("", StorageClass)
	class.Annotations = map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}
	return []client.Object{
		&corev1.Namespace{ObjectMeta: namespace},
		&corev1.ServiceAccount{ObjectMeta: meta(storageNamespace, storageName)},
		&storagev1.StorageClass{
			ObjectMeta: class, Provisioner: storageProvisioner,
			ReclaimPolicy:     ptr.To(corev1.PersistentVolumeReclaimDelete),
			VolumeBindingMode: ptr.To(binding),
		},
		&rbacv1.ClusterRole{ObjectMeta: meta("", "lotse:volumes"), Rules: []rbacv1.PolicyRule{
			rule("", []string{"nodes"}, "get"),
			rule("", []string{"persistentvolumeclaims"}, "get", "list", "watch", "update"),
			rule("", []string{"persistentvolumes"}, "get", "list", "watch", "create", "patch", "update", "delete"),
			rule("", []string{"events"}, "create", "patch"),
			rule("storage.k8s.io", []string{"storageclasses"}, "get", "list", "watch"),
		}},
		bindAll(storageNamespace, storageName, "lotse:volumes"),
		storageDaemonSet(image, path),
	}
}

// storageDaemonSet runs as root with only the capabilities to delete files of any user.
func storageDaemonSet(image, path string) *appsv1.DaemonSet {
	security := securitycontext.Container()
	security.Capabilities.Add = []corev1.Capability{"DAC_OVERRIDE", "FOWNER"}
	return &appsv1.DaemonSet{
		ObjectMeta: meta(storageNamespace, storageName),
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: app(storageName)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: app(storageName)},
				Spec: corev1.PodSpec{
					ServiceAccountName: storageName,
					PriorityClassName:  "system-node-critical",
					Tolerations:        []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
					SecurityContext:    &corev1.PodSecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
					Containers: []corev1.Container{{
						Name: storageName, Image: image,
						Command: []string{"/usr/local/bin/volumes", "--dir", path},
						Env: []corev1.EnvVar{
							{Name: "NODE_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}},
						},
						Resources:       requests("5m", "32Mi"),
						SecurityContext: security,
						VolumeMounts:    []corev1.VolumeMount{{Name: "volumes", MountPath: path}},
					}},
					Volumes: []corev1.Volume{{Name: "volumes", VolumeSource: corev1.VolumeSource{
						HostPath: &corev1.HostPathVolumeSource{Path: path, Type: ptr.To(corev1.HostPathDirectoryOrCreate)},
					}}},
				},
			},
		},
	}
}
