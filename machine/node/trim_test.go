package node

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var boots = Identity{
	UID: "uid", ProviderID: "lotse:///x", Labels: map[string]string{"tier": "web"}, Taints: []string{"dedicated=web:NoSchedule"},
	BootLabels: map[string]string{"tier": "web", "dropped": "yes"},
}

// registered is a node as a kubelet registers it.
func registered(edits ...func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "vm0", UID: "1", ResourceVersion: "7", Labels: map[string]string{"tier": "web", "dropped": "yes"}}}
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeMemoryPressure}, {Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}}
	for _, edit := range edits {
		edit(n)
	}
	return n
}

func synced(n *corev1.Node) { *n = *first(Synced(n, boots)) }

func first(n *corev1.Node, _ bool) *corev1.Node { return n }

func flooded(n *corev1.Node) {
	n.Annotations = maps.Clone(n.Annotations)
	if n.Annotations == nil {
		n.Annotations = map[string]string{}
	}
	n.Annotations["customer"] = strings.Repeat("x", 250<<10)
	n.ManagedFields = []metav1.ManagedFieldsEntry{{FieldsV1: metav1.NewFieldsV1(strings.Repeat(" ", 1<<20))}}
	n.Finalizers = []string{strings.Repeat("x", 1<<20)}
	n.Spec.PodCIDRs = []string{strings.Repeat("x", 1<<20)}
	n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: "Customer", Message: strings.Repeat("x", 1<<20)})
	n.Status.Conditions[1].Message = strings.Repeat("ä", 1<<20)
	for i := range 2000 {
		n.Labels[strings.Repeat("l", 300)+string(rune('a'+i%26))+strings.Repeat("m", i%50)] = "x"
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: strings.Repeat("t", 300), Effect: corev1.TaintEffectPreferNoSchedule})
	}
}

func TestAFloodedNodeIsCachedSmall(t *testing.T) {
	for sentence, n := range map[string]*corev1.Node{
		"one that the service has set labels on": registered(synced, flooded),
		"one that it has not":                    registered(flooded),
		"one whose record of labels was enlarged": registered(synced, func(n *corev1.Node) {
			n.Annotations[annotationLabels] = strings.Repeat("x,", 100<<10)
		}),
	} {
		t.Run(sentence, func(t *testing.T) {
			Trim(n)
			content, err := json.Marshal(n)
			if err != nil || len(content) > 8<<10 {
				t.Errorf("%d bytes are cached, %v", len(content), err)
			}
			if n.Name != "vm0" || n.UID != "1" || n.ResourceVersion != "7" || n.Status.Conditions[0].Status != corev1.ConditionTrue {
				t.Errorf("what controllers read is lost: %.300s", content)
			}
		})
	}
}

// A node that is trimmed must lead to the same decision as the whole one.
func TestATrimmedNodeIsSyncedLikeAWholeOne(t *testing.T) {
	foreign := func(n *corev1.Node) {
		n.Labels["customer"], n.Annotations["customer"] = "yes", "yes"
		n.Spec.Taints = append([]corev1.Taint{{Key: "customer", Effect: corev1.TaintEffectNoSchedule}}, n.Spec.Taints...)
	}
	for sentence, c := range map[string]struct {
		node    *corev1.Node
		want    Identity
		changes bool
	}{
		"a node that just registered is changed":           {registered(), boots, true},
		"a node in sync is left alone":                     {registered(synced), boots, false},
		"what a customer added changes nothing":            {registered(synced, foreign), boots, false},
		"a label that a customer changed is set again":     {registered(synced, func(n *corev1.Node) { n.Labels["tier"] = "db" }), boots, true},
		"a label that a customer removed is set again":     {registered(synced, func(n *corev1.Node) { delete(n.Labels, "tier") }), boots, true},
		"a taint that a customer removed is set again":     {registered(synced, func(n *corev1.Node) { n.Spec.Taints = nil }), boots, true},
		"a label that the pool no longer has is removed":   {registered(synced), Identity{UID: "uid", ProviderID: "lotse:///x", Taints: boots.Taints}, true},
		"a label that the pool has now is set":             {registered(synced), Identity{UID: "uid", ProviderID: "lotse:///x", Labels: map[string]string{"tier": "web", "new": "yes"}, Taints: boots.Taints}, true},
		"a node of an earlier machine is still recognized": {registered(func(n *corev1.Node) { n.Annotations = map[string]string{annotationMachine: "other"} }), boots, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			trimmed := c.node.DeepCopy()
			Trim(trimmed)
			_, changes := Synced(trimmed, c.want)
			if _, whole := Synced(c.node, c.want); changes != c.changes || whole != c.changes {
				t.Errorf("trimmed changes %v, whole %v, want %v", changes, whole, c.changes)
			}
			if Stale(trimmed, "uid") != Stale(c.node, "uid") {
				t.Error("whose node it is was lost")
			}
		})
	}
}
