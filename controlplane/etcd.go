package controlplane

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"lotse.dev/api/v1alpha1"
)

const (
	etcdVolume     = "data"
	etcdMount      = "/var/lib/etcd"
	etcdVolumeSize = "2Gi"
	// EtcdQuota of a store, in bytes, unless its Spec has less. It leaves space on the volume for the write-ahead log and a
	// defragmentation of a small store.
	EtcdQuota = 1536 << 20
)

// EtcdStatefulSet is the cluster's store: one member, mutual TLS in its own authority, on a volume.
func EtcdStatefulSet(s Spec) *appsv1.StatefulSet {
	w := workload{
		component: v1alpha1.ComponentEtcd, containers: []corev1.Container{s.etcdContainer()},
		secrets: []string{v1alpha1.ComponentEtcd}, grace: 10,
	}
	return &appsv1.StatefulSet{
		ObjectMeta: s.meta(v1alpha1.ComponentEtcd, v1alpha1.ComponentEtcd),
		Spec: appsv1.StatefulSetSpec{
			Replicas:             ptr.To[int32](1),
			ServiceName:          v1alpha1.ComponentEtcd,
			RevisionHistoryLimit: ptr.To[int32](2),
			Selector:             &metav1.LabelSelector{MatchLabels: s.selector(v1alpha1.ComponentEtcd)},
			Template:             s.podTemplate(w),
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{s.etcdClaim()},
			// Volumes of a store are not given up with its Pods; they go with the namespace.
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
				WhenScaled:  appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
		},
	}
}

func (s Spec) etcdClaim() corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		// The server sets the kind in a template; naming it keeps the rendered object comparable with the stored one.
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Name: etcdVolume, Labels: s.labels(v1alpha1.ComponentEtcd)},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(etcdVolumeSize)},
			},
		},
	}
}

func (s Spec) etcdQuota() int64 {
	if s.EtcdQuota > 0 {
		return s.EtcdQuota
	}
	return EtcdQuota
}

func (s Spec) etcdContainer() corev1.Container {
	dir := CredentialsDirectory(v1alpha1.ComponentEtcd)
	c := container(v1alpha1.ComponentEtcd, s.Images[v1alpha1.ImageEtcd], "/usr/local/bin/etcd",
		"--name=etcd",
		// A directory of its own: etcd insists on its mode, which a volume's root does not have.
		"--data-dir="+etcdMount+"/data",
		fmt.Sprintf("--listen-client-urls=https://0.0.0.0:%d", EtcdPort),
		"--advertise-client-urls="+s.etcdURL(),
		// The only member talks to no peer; other Pods cannot reach this port.
		"--listen-peer-urls=https://127.0.0.1:2380",
		"--initial-advertise-peer-urls=https://127.0.0.1:2380",
		"--initial-cluster=etcd=https://127.0.0.1:2380",
		"--initial-cluster-token="+s.Cluster,
		// The only member elects itself after this timeout.
		"--election-timeout=500",
		"--client-cert-auth=true",
		"--trusted-ca-file="+dir+"/ca.crt",
		"--cert-file="+dir+"/server.crt",
		"--key-file="+dir+"/server.key",
		"--peer-client-cert-auth=true",
		"--peer-trusted-ca-file="+dir+"/ca.crt",
		"--peer-cert-file="+dir+"/peer.crt",
		"--peer-key-file="+dir+"/peer.key",
		"--tls-min-version=TLS1.2",
		// For the kubelet's probes, which have no client certificate: health and metrics, no data. A store that is full answers its probes:
		// it can be read and deleted from, and no restart would empty it.
		fmt.Sprintf("--listen-metrics-urls=http://0.0.0.0:%d", etcdHealthPort),
		fmt.Sprintf("--quota-backend-bytes=%d", s.etcdQuota()),
		"--auto-compaction-mode=periodic",
		"--auto-compaction-retention=1h",
	)
	c.Ports = []corev1.ContainerPort{{Name: "client", ContainerPort: EtcdPort, Protocol: corev1.ProtocolTCP}}
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: etcdVolume, MountPath: etcdMount})
	c.Resources = resources("4m", "48Mi", "2Gi")
	collectEarlier(&c, "50")
	probes{scheme: corev1.URISchemeHTTP, port: etcdHealthPort, ready: "/readyz", live: "/livez"}.on(&c)
	return c
}
