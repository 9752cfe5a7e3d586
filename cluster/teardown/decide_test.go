package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

func TestNext(t *testing.T) {
	one := func(o client.Object) []client.Object { return []client.Object{o} }
	pools, pod := one(&v1alpha1.AgentPool{}), one(&corev1.Pod{})
	nodes, own := one(&corev1.Namespace{}), one(&corev1.Namespace{})
	volumes, group := []string{"pvc-1"}, one(&v1alpha1.ResourceGroup{})
	for _, tt := range []struct {
		name    string
		remains Remains
		deletes int
		waiting string
	}{
		{"machines and control plane go side by side", Remains{pools, pod, nodes, own, volumes, group}, 2,
			"1 pools and their machines to go, the control plane to stop"},
		{"the machines' namespace does not wait for the control plane", Remains{nil, pod, nodes, own, volumes, group}, 2,
			"the machines' namespace to go, the control plane to stop"},
		{"nor does the control plane's for the machines", Remains{pools, nil, nodes, own, volumes, group}, 2,
			"1 pools and their machines to go, the control plane's namespace to go"},
		{"a namespace with Pods stays", Remains{nil, pod, nil, own, volumes, group}, 1, "the control plane to stop"},
		{"machines may be last", Remains{pools, nil, nil, nil, volumes, group}, 1, "1 pools and their machines to go"},
		{"volumes are waited for, their storage class deletes them", Remains{nil, nil, nil, nil, volumes, group}, 0,
			"volumes to be wiped: pvc-1"},
		{"the node resource group goes last", Remains{nil, nil, nil, nil, nil, group}, 1, "the node resource group to go"},
		{"when nothing remains there is nothing to wait for", Remains{}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			objects, waiting, _ := tt.remains.Next()
			if len(objects) != tt.deletes || waiting != tt.waiting {
				t.Errorf("Next deletes %d and waits for %q, want %d and %q", len(objects), waiting, tt.deletes, tt.waiting)
			}
		})
	}
}

func TestGoing(t *testing.T) {
	deleted := func(grace int64) metav1.ObjectMeta {
		return metav1.ObjectMeta{DeletionTimestamp: at(0), DeletionGracePeriodSeconds: &grace}
	}
	tests := map[string]struct {
		object client.Object
		want   bool
	}{
		"an object that nobody deleted is deleted":                 {&corev1.Pod{}, false},
		"a Pod that was left its time is hurried":                  {&corev1.Pod{ObjectMeta: deleted(20)}, false},
		"a Pod that was hurried is left alone":                     {&corev1.Pod{ObjectMeta: deleted(1)}, true},
		"anything else is deleted once, whatever its grace period": {&corev1.Namespace{ObjectMeta: deleted(20)}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := going(tt.object); got != tt.want {
				t.Errorf("going = %v, want %v", got, tt.want)
			}
		})
	}
}
