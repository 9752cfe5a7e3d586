package addons

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const flannelName = "flannel"

const flannelHealthPort = 9285

// netConf is flannel's configuration: VXLAN works wherever nodes reach each other at all.
const netConf = `{"Network": %q, "EnableNFTables": true, "Backend": {"Type": "vxlan"}}
`

// flannel is the managed pod network. It also writes the node's CNI configuration.
func flannel(s Spec) []client.Object {
	return []client.Object{
		serviceAccount(flannelName),
		clusterRole("lotse:flannel",
			rule("", []string{"nodes"}, []string{"get", "list", "watch"}),
			rule("", []string{"nodes/status"}, []string{"patch"}),
			rule("", []string{"pods"}, []string{"get"}),
		),
		bind("lotse:flannel", "lotse:flannel", account(flannelName)),
		&corev1.ConfigMap{ObjectMeta: meta(flannelName), Data: map[string]string{"net-conf.json": fmt.Sprintf(netConf, s.Network.PodCIDR)}},
		daemonSet(flannelName, flannelPod(s)),
	}
}

func flannelPod(s Spec) corev1.PodSpec {
	node := corev1.EnvVar{Name: "NODE_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}}
	return corev1.PodSpec{
		TerminationGracePeriodSeconds: ptr.To[int64](5),
		Containers: []corev1.Container{{
			Name:    flannelName,
			Image:   s.Images[imageFlannel],
			Command: []string{"/usr/local/bin/flannel", fmt.Sprintf("--healthz-port=%d", flannelHealthPort)},
			Env:     append(apiServerEnv(s), node),
			// Root, but with the two rights that routes, links and rules take.
			SecurityContext: confined("NET_ADMIN", "NET_RAW"),
			Resources:       resources("20m", "32Mi", "256Mi"),
			ReadinessProbe:  probe(corev1.URISchemeHTTP, "127.0.0.1", "/readyz", flannelHealthPort, 2, 3),
			LivenessProbe:   probe(corev1.URISchemeHTTP, "127.0.0.1", "/healthz", flannelHealthPort, 10, 6),
			VolumeMounts: []corev1.VolumeMount{
				{Name: "net-conf", MountPath: "/etc/kube-flannel", ReadOnly: true},
				{Name: "cni", MountPath: "/etc/cni/net.d"},
			},
		}},
		Volumes: []corev1.Volume{
			{Name: "net-conf", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: flannelName},
			}}},
			{Name: "cni", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{
				Path: "/etc/cni/net.d", Type: ptr.To(corev1.HostPathDirectoryOrCreate),
			}}},
		},
	}
}
