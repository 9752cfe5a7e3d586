package node

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var notReady = corev1.Taint{Key: "node.kubernetes.io/not-ready", Effect: corev1.TaintEffectNoExecute}

func TestSynced(t *testing.T) {
	boot := Identity{
		UID: "uid", ProviderID: "lotse:///x",
		Labels: map[string]string{"tier": "web"}, Taints: []string{"dedicated=web:NoSchedule"},
		BootLabels: map[string]string{"tier": "web", "dropped": "yes"}, BootTaints: []string{"dedicated=web:NoSchedule", "old=1:NoSchedule"},
	}
	dedicated := corev1.Taint{Key: "dedicated", Value: "web", Effect: corev1.TaintEffectNoSchedule}
	tests := map[string]struct {
		labels, annotations map[string]string
		taints              []corev1.Taint
		wantLabels          map[string]string
		wantTaints          []corev1.Taint
	}{
		"labels and taints that were removed since the machine booted are removed": {
			labels:     map[string]string{"tier": "web", "dropped": "yes", "kubernetes.io/os": "linux"},
			taints:     []corev1.Taint{notReady, dedicated, {Key: "old", Value: "1", Effect: corev1.TaintEffectNoSchedule}},
			wantLabels: map[string]string{"tier": "web", "kubernetes.io/os": "linux"},
			wantTaints: []corev1.Taint{notReady, dedicated},
		},
		"a label and a taint that the customer changed are set again": {
			annotations: map[string]string{annotationLabels: "tier", annotationTaints: "dedicated=web:NoSchedule"},
			labels:      map[string]string{"tier": "db"},
			wantLabels:  map[string]string{"tier": "web"}, wantTaints: []corev1.Taint{dedicated},
		},
		"the customer's own labels and taints stay, also under names that the machine booted with": {
			annotations: map[string]string{annotationLabels: "tier", annotationTaints: "dedicated=web:NoSchedule"},
			labels:      map[string]string{"tier": "web", "dropped": "mine"},
			taints:      []corev1.Taint{{Key: "mine", Effect: corev1.TaintEffectNoExecute}, dedicated},
			wantLabels:  map[string]string{"tier": "web", "dropped": "mine"},
			wantTaints:  []corev1.Taint{{Key: "mine", Effect: corev1.TaintEffectNoExecute}, dedicated},
		},
		"a label that the pool no longer has is removed": {
			annotations: map[string]string{annotationLabels: "tier,zone", annotationTaints: "gone=1:NoSchedule,dedicated=web:NoSchedule"},
			labels:      map[string]string{"tier": "web", "zone": "1"},
			taints:      []corev1.Taint{{Key: "gone", Value: "1", Effect: corev1.TaintEffectNoSchedule}, dedicated},
			wantLabels:  map[string]string{"tier": "web"}, wantTaints: []corev1.Taint{dedicated},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := &corev1.Node{
				ObjectMeta: metav1.ObjectMeta{Labels: tt.labels, Annotations: tt.annotations}, Spec: corev1.NodeSpec{Taints: tt.taints},
			}
			got, changed := Synced(n, boot)
			if !changed || !maps.Equal(got.Labels, tt.wantLabels) || !equality.Semantic.DeepEqual(got.Spec.Taints, tt.wantTaints) {
				t.Errorf("changed %v, labels %v, taints %v", changed, got.Labels, got.Spec.Taints)
			}
			if got.Spec.ProviderID != "lotse:///x" || Stale(got, "uid") || !Stale(got, "other") {
				t.Errorf("identity is %v %s", got.Annotations, got.Spec.ProviderID)
			}
			if _, again := Synced(got, boot); again {
				t.Error("a synced node is changed again")
			}
		})
	}
}

func TestSelfLabels(t *testing.T) {
	for label, want := range map[string]bool{
		"tier": true, "example.com/tier": true, "kubernetes.azure.com/mode": true, "agentpool": true,
		"node.kubernetes.io/instance-type": true, "topology.kubernetes.io/region": true, "kubelet.kubernetes.io/x": true,
		"node-role.kubernetes.io/worker": false, "kubernetes.io/role": false, "node-restriction.kubernetes.io/x": false,
		"x.k8s.io/y": false, "notkubernetes.io/x": true,
	} {
		if _, got := SelfLabels(map[string]string{label: ""})[label]; got != want {
			t.Errorf("%s: the kubelet may set it: %v, want %v", label, got, want)
		}
	}
}

func TestParseTaint(t *testing.T) {
	for s, ok := range map[string]bool{
		"a=b:NoSchedule": true, "a:NoExecute": true, "example.com/a=:PreferNoSchedule": true, "a=b": false, "a=b:Never": false, ":NoSchedule": false,
	} {
		if _, err := ParseTaint(s); (err == nil) != ok {
			t.Errorf("%s: %v", s, err)
		}
	}
}
