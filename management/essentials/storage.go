package essentials

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	provisionerNamespace = "local-path-storage"
	provisionerName      = "local-path-provisioner"
)

// The scripts by which the provisioner's helper Pods make and remove a volume's directory, and the Pod itself, as upstream has them.
var (
	//go:embed storage/setup
	setupScript string
	//go:embed storage/teardown
	teardownScript string
	//go:embed storage/helper.yaml
	helperPod string
)

// Storage makes directories below path on the node into volumes; its class is the cluster's default. The namespace admits privileged
// Pods: the helper Pods write to the node's disk.
func Storage(image, helperImage, path string) ([]client.Object, error) {
	config, err := storageConfig(path, helperImage)
	if err != nil {
		return nil, err
	}
	namespace := meta("", provisionerNamespace)
	namespace.Labels["pod-security.kubernetes.io/enforce"] = "privileged"
	class := meta("", "local-path")
	class.Annotations = map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}
	return append([]client.Object{
		&corev1.Namespace{ObjectMeta: namespace},
		&corev1.ServiceAccount{ObjectMeta: meta(provisionerNamespace, provisionerName)},
		config,
		&storagev1.StorageClass{
			ObjectMeta: class, Provisioner: "rancher.io/local-path",
			ReclaimPolicy:     ptr.To(corev1.PersistentVolumeReclaimDelete),
			VolumeBindingMode: ptr.To(storagev1.VolumeBindingWaitForFirstConsumer),
		},
		storageDeployment(image, helperImage, fingerprint(config.Data)),
	}, storageRights()...), nil
}

func storageRights() []client.Object {
	role := &rbacv1.Role{ObjectMeta: meta(provisionerNamespace, provisionerName), Rules: []rbacv1.PolicyRule{
		rule("", []string{"pods"}, "get", "list", "watch", "create", "patch", "update", "delete"),
	}}
	return []client.Object{
		role,
		&rbacv1.RoleBinding{
			ObjectMeta: meta(provisionerNamespace, provisionerName),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "Role", Name: provisionerName},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: provisionerNamespace, Name: provisionerName}},
		},
		&rbacv1.ClusterRole{ObjectMeta: meta("", provisionerName), Rules: []rbacv1.PolicyRule{
			rule("", []string{"nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"}, "get", "list", "watch"),
			rule("", []string{"persistentvolumes"}, "get", "list", "watch", "create", "patch", "update", "delete"),
			rule("", []string{"events"}, "create", "patch"),
			rule("storage.k8s.io", []string{"storageclasses"}, "get", "list", "watch"),
		}},
		bindAll(provisionerNamespace, provisionerName, provisionerName),
	}
}

func storageConfig(path, helperImage string) (*corev1.ConfigMap, error) {
	paths, err := json.Marshal(map[string]any{
		"nodePathMap": []any{map[string]any{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": []string{path}}},
	})
	if err != nil {
		return nil, fmt.Errorf("paths of volumes: %w", err)
	}
	return &corev1.ConfigMap{
		ObjectMeta: meta(provisionerNamespace, "local-path-config"),
		Data: map[string]string{
			"config.json": string(paths), "setup": setupScript, "teardown": teardownScript,
			"helperPod.yaml": strings.ReplaceAll(helperPod, "HELPER_IMAGE", helperImage),
		},
	}, nil
}

// storageDeployment starts again with another configuration: by itself the provisioner would see it a minute later.
func storageDeployment(image, helperImage, config string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: meta(provisionerNamespace, provisionerName),
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: app(provisionerName)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: app(provisionerName), Annotations: map[string]string{"lotse.dev/config": config}},
				Spec: corev1.PodSpec{
					ServiceAccountName: provisionerName,
					PriorityClassName:  "system-cluster-critical",
					SecurityContext:    unprivileged(),
					Containers: []corev1.Container{{
						Name: provisionerName, Image: image,
						Command: []string{"/usr/local/bin/local-path-provisioner", "start", "--config", "/etc/config/config.json",
							"--service-account-name", provisionerName, "--helper-image", helperImage,
							"--worker-threads", "8", "--configmap-name", "local-path-config"},
						Env: []corev1.EnvVar{
							{Name: "POD_NAMESPACE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}},
							{Name: "CONFIG_MOUNT_PATH", Value: "/etc/config/"},
						},
						Resources:       requests("10m", "32Mi"),
						SecurityContext: confined(),
						VolumeMounts:    []corev1.VolumeMount{{Name: "config", MountPath: "/etc/config", ReadOnly: true}},
					}},
					Volumes: []corev1.Volume{{Name: "config", VolumeSource: corev1.VolumeSource{
						ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "local-path-config"}},
					}}},
				},
			},
		},
	}
}
