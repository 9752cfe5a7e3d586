package node

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/boot"
)

const (
	// keptBytes of a node's labels, of its taints and of each annotation are cached at most. What the service sets is far less.
	keptBytes = 32 << 10
	// keptMessage is how many bytes of a condition's message are cached.
	keptMessage = 1 << 10
)

// Trim a Node that is to be cached to what Stale, Synced and Joined read, its Pods' addresses, and whether it is Ready. Customers may write what they like to their
// Nodes, such as 250 KB of annotations, and the service holds those of all clusters.
//
// Of labels, those are kept that the service set; before it set any, those that the kubelet registered with. A Node with more taints than any
// pool could need is held as one without: the service then sets its own.
func Trim(n *corev1.Node) {
	n.ObjectMeta = metav1.ObjectMeta{
		Name: n.Name, UID: n.UID, ResourceVersion: n.ResourceVersion, CreationTimestamp: n.CreationTimestamp, DeletionTimestamp: n.DeletionTimestamp,
		Labels: n.Labels, Annotations: trimAnnotations(n.Annotations),
	}
	n.Labels = trimLabels(n.Labels, n.Annotations)
	n.Spec = corev1.NodeSpec{
		PodCIDR: n.Spec.PodCIDR, ProviderID: n.Spec.ProviderID, Unschedulable: n.Spec.Unschedulable, Taints: trimTaints(n.Spec.Taints),
	}
	n.Status = corev1.NodeStatus{
		Conditions: trimConditions(n.Status.Conditions),
		NodeInfo:   corev1.NodeSystemInfo{KubeletVersion: cut(n.Status.NodeInfo.KubeletVersion)},
	}
}

func trimAnnotations(all map[string]string) map[string]string {
	kept := map[string]string{}
	for _, key := range []string{annotationMachine, annotationLabels, annotationTaints, annotationCordoned, boot.AnnotationTrust} {
		if value, found := all[key]; found && len(value) <= keptBytes {
			kept[key] = value
		}
	}
	return kept
}

func trimLabels(all, annotations map[string]string) map[string]string {
	recorded, found := annotations[annotationLabels]
	if !found {
		size := 0
		for key, value := range all {
			size += len(key) + len(value)
		}
		if size > keptBytes {
			return nil
		}
		return all
	}
	kept := map[string]string{}
	for key := range strings.SplitSeq(recorded, ",") {
		if value, found := all[key]; found {
			kept[key] = value
		}
	}
	return kept
}

func trimTaints(all []corev1.Taint) []corev1.Taint {
	size := 0
	for _, t := range all {
		size += len(t.Key) + len(t.Value)
	}
	if size > keptBytes {
		return nil
	}
	return all
}

func trimConditions(all []corev1.NodeCondition) []corev1.NodeCondition {
	for _, c := range all {
		if c.Type == corev1.NodeReady {
			return []corev1.NodeCondition{{Type: c.Type, Status: c.Status, Reason: cut(c.Reason), Message: cut(c.Message)}}
		}
	}
	return nil
}

// cut a text, and copy what is kept, or the whole would stay in memory.
func cut(s string) string {
	if len(s) <= keptMessage {
		return s
	}
	return strings.ToValidUTF8(strings.Clone(s[:keptMessage]), "")
}
