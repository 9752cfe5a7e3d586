package teardown

import (
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
)

func TestPlan(t *testing.T) {
	one := func(o client.Object) []client.Object { return []client.Object{o} }
	pools, control := one(&v1alpha1.AgentPool{}), []client.Object{&corev1.Pod{}, &appsv1.StatefulSet{}}
	nodes, own := one(&corev1.Namespace{}), one(&corev1.Namespace{})
	volumes, group := []string{"pvc-1"}, one(&v1alpha1.ResourceGroup{})
	trouble := errors.New("connection refused")
	for _, tt := range []struct {
		name    string
		facts   Facts
		steps   string
		waiting string
		percent int32
	}{
		{"machines and control plane go side by side, Pods last", Facts{nil, pools, control, nodes, own, volumes, group, nil},
			"delete 2 objects, delete 1 objects", "1 pool and its machines to go, the control plane to stop", 10},
		{"the machines' namespace does not wait for the control plane", Facts{nil, nil, control, nodes, own, volumes, group, nil},
			"delete 2 objects, delete 1 objects", "the machines' namespace to go, the control plane to stop", 10},
		{"the control plane's namespace does not wait for the machines", Facts{nil, pools, nil, nodes, own, volumes, group, nil},
			"delete 2 objects", "1 pool and its machines to go, the control plane's namespace to go", 10},
		{"several pools are counted", Facts{nil, append(pools, &v1alpha1.AgentPool{}), nil, nil, nil, nil, group, nil},
			"delete 2 objects", "2 pools and their machines to go", 10},
		{"a namespace with Pods stays", Facts{nil, nil, control, nil, own, volumes, group, nil},
			"delete 1 objects, delete 1 objects", "the control plane to stop", 10},
		{"machines may be last", Facts{nil, pools, nil, nil, nil, volumes, group, nil},
			"delete 1 objects", "1 pool and its machines to go", 10},
		{"volumes are waited for, their storage class deletes them", Facts{nil, nil, nil, nil, nil, volumes, group, nil},
			"", "volumes to be wiped: pvc-1", 80},
		{"the node resource group goes last", Facts{nil, nil, nil, nil, nil, nil, group, nil},
			"delete 1 objects", "the node resource group to go", 90},
		{"when nothing remains the cluster may go", Facts{}, "remove the finalizer", "", 100},
		{"after a failure nothing else is tried, and the failure is shown", Facts{nil, pools, nil, nil, nil, nil, nil, trouble},
			"", "1 pool and its machines to go; the last attempt failed: connection refused", 10},
		{"a finalizer that could not be removed is shown", Facts{nil, nil, nil, nil, nil, nil, nil, trouble},
			"", "the finalizer to be removed; the last attempt failed: connection refused", 95},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.facts.Cluster = &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Finalizers: []string{v1alpha1.Finalizer}}}
			got := Plan(tt.facts)
			if steps := names(got.Steps); steps != tt.steps || got.Outcome.Waiting != tt.waiting || got.Outcome.Percent != tt.percent {
				t.Errorf("steps %q, waiting for %q (%d %%); want %q, %q (%d %%)",
					steps, got.Outcome.Waiting, got.Outcome.Percent, tt.steps, tt.waiting, tt.percent)
			}
			if got.Recheck == 0 || !errors.Is(got.Trouble, tt.facts.Trouble) {
				t.Errorf("recheck %s, trouble %v", got.Recheck, got.Trouble)
			}
		})
	}
}

func TestAClusterWithoutFinalizerNeedsNothing(t *testing.T) {
	if p := Plan(Facts{Cluster: &v1alpha1.ManagedCluster{}}); len(p.Steps) > 0 || p.Recheck != 0 {
		t.Errorf("Plan = %+v", p)
	}
}

func names(steps []plan.Step) string {
	all := make([]string, 0, len(steps))
	for _, s := range steps {
		all = append(all, s.String())
	}
	return strings.Join(all, ", ")
}

func TestEnding(t *testing.T) {
	deleted := func(grace int64) metav1.ObjectMeta {
		return metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{Time: time.Unix(1, 0)}, DeletionGracePeriodSeconds: &grace}
	}
	tests := map[string]struct {
		object client.Object
		want   bool
	}{
		"an object that is not being deleted is deleted":           {&corev1.Pod{}, false},
		"a Pod with its whole grace period is deleted again":       {&corev1.Pod{ObjectMeta: deleted(20)}, false},
		"a Pod with a short grace period is left alone":            {&corev1.Pod{ObjectMeta: deleted(1)}, true},
		"anything else is deleted once, whatever its grace period": {&corev1.Namespace{ObjectMeta: deleted(20)}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ending(tt.object); got != tt.want {
				t.Errorf("ending = %v, want %v", got, tt.want)
			}
			if steps := deletions([]client.Object{tt.object}); (len(steps) == 0) != tt.want {
				t.Errorf("steps %q", names(steps))
			}
		})
	}
}
