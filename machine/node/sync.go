package node

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
)

// Annotations on a Node.
const (
	// annotationMachine is the UID of the machine the Node belongs to. Names are used again when a pool is created again; UIDs are not.
	annotationMachine = "lotse.dev/machine-uid"
	// The labels and taints that the service last set on the node, so that it can remove them.
	annotationLabels = "lotse.dev/node-labels"
	annotationTaints = "lotse.dev/node-taints"
)

// Identity is what a machine's Node should have.
type Identity struct {
	UID        types.UID
	ProviderID string
	Labels     map[string]string
	// Taints as key=value:Effect.
	Taints []string
	// BootLabels and BootTaints are those the kubelet registered with. They may be older than Labels and Taints.
	BootLabels map[string]string
	BootTaints []string
}

// Stale reports whether a Node was left behind by an earlier machine of the same name.
func Stale(n *corev1.Node, uid types.UID) bool {
	owner := n.Annotations[annotationMachine]
	return owner != "" && owner != string(uid)
}

// Synced returns the Node as it should be, and whether that differs from what it is.
func Synced(n *corev1.Node, want Identity) (*corev1.Node, bool) {
	out := n.DeepCopy()
	labelsBefore := recorded(n, annotationLabels, slices.Collect(maps.Keys(want.BootLabels)))
	taintsBefore := recorded(n, annotationTaints, want.BootTaints)
	out.Labels = mergeLabels(n.Labels, want.Labels, labelsBefore)
	out.Spec.Taints = mergeTaints(n.Spec.Taints, want.Taints, taintsBefore)
	if out.Spec.ProviderID == "" {
		out.Spec.ProviderID = want.ProviderID
	}
	if out.Annotations == nil {
		out.Annotations = map[string]string{}
	}
	out.Annotations[annotationMachine] = string(want.UID)
	out.Annotations[annotationLabels] = strings.Join(slices.Sorted(maps.Keys(want.Labels)), ",")
	out.Annotations[annotationTaints] = strings.Join(want.Taints, ",")
	return out, !equality.Semantic.DeepEqual(n, out)
}

// recorded is what the service last set on the node: by its annotation or, before there is one, what the machine booted with.
func recorded(n *corev1.Node, annotation string, booted []string) []string {
	if last, found := n.Annotations[annotation]; found {
		return strings.Split(last, ",")
	}
	return booted
}

func mergeLabels(have, want map[string]string, before []string) map[string]string {
	merged := maps.Clone(have)
	if merged == nil {
		merged = map[string]string{}
	}
	for _, k := range before {
		delete(merged, k)
	}
	maps.Copy(merged, want)
	return merged
}
