package scenario

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestPrivilegedDaemonSet: the supported way to change nodes is a privileged DaemonSet on each of them (B4, D8).
func TestPrivilegedDaemonSet(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	image := storyImage(t)

	s.step("a privileged DaemonSet with the node's files runs on each node")
	privileged := true
	tuner := template("tuner", image, "/bin/busybox", "sleep", "3600")
	tuner.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	tuner.Spec.Affinity = inPools("sys", "usr") // another story may be adding a pool
	tuner.Spec.HostPID = true
	tuner.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: &privileged}
	tuner.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "node", MountPath: "/node"}}
	tuner.Spec.Volumes = []corev1.Volume{{Name: "node", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
	_, err := s.kube.AppsV1().DaemonSets(s.namespace).Create(s.ctx, &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "tuner"},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "tuner"}},
			Template: tuner,
		},
	}, metav1.CreateOptions{})
	s.need(err)
	pods := s.readyPods("tuner", len(s.nodes("sys", "usr")))

	s.step("it is on every node once")
	nodes := map[string]bool{}
	for _, p := range pods {
		nodes[p.Spec.NodeName] = true
	}
	if len(nodes) != len(pods) {
		s.fail("%d Pods are on %d nodes", len(pods), len(nodes))
	}

	s.step("it may mount, sees the node's processes and writes the node's files")
	for _, p := range pods {
		s.inside(p.Name, "", 20*time.Second, "/bin/busybox", "sh", "-c",
			"/bin/busybox mkdir -p /scratch && /bin/busybox mount -t tmpfs none /scratch")
		s.inside(p.Name, "kubelet", 20*time.Second, "/bin/busybox", "ps")
		s.inside(p.Name, s.namespace, 20*time.Second, "/bin/busybox", "sh", "-c",
			"/bin/busybox echo "+s.namespace+" > /node/tmp/story && /bin/busybox cat /node/tmp/story && /bin/busybox rm /node/tmp/story")
	}
}

func inPools(names ...string) *corev1.Affinity {
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
			{Key: "agentpool", Operator: corev1.NodeSelectorOpIn, Values: names},
		}}},
	}}}
}
