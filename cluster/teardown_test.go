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
	all := Remains{
		Pools: one(&v1alpha1.AgentPool{}), Workloads: one(&corev1.Pod{}),
		Store: one(&corev1.PersistentVolumeClaim{}), Namespaces: one(&corev1.Namespace{}),
		Volumes: []string{"pvc-1"}, Group: one(&v1alpha1.ResourceGroup{}),
	}
	without := func(change func(*Remains)) Remains {
		change(&all)
		return all
	}
	// Each step has one layer less than the one before it.
	for _, tt := range []struct {
		name    string
		remains Remains
		deletes int
		waiting string
	}{
		{"pools go first, while the control plane still answers", without(func(*Remains) {}), 1, "1 pools and their machines to go"},
		{"then the control plane stops", without(func(r *Remains) { r.Pools = nil }), 1, "the control plane to stop"},
		{"then its store, which the API server needs to end", without(func(r *Remains) { r.Workloads = nil }), 1, "the store to go"},
		{"then the namespaces go", without(func(r *Remains) { r.Store = nil }), 1, "the control plane to go"},
		{"volumes are waited for, their storage class deletes them", without(func(r *Remains) { r.Namespaces = nil }), 0, "volumes to be wiped: pvc-1"},
		{"the node resource group goes last", without(func(r *Remains) { r.Volumes = nil }), 1, "the node resource group to go"},
		{"when nothing remains there is nothing to wait for", without(func(r *Remains) { r.Group = nil }), 0, ""},
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
