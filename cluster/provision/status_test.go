package provision

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
)

func TestStoreCondition(t *testing.T) {
	of := func(used int64, full bool, trouble string) *v1alpha1.StoreState {
		return &v1alpha1.StoreState{SizeBytes: 100 << 20, UsedBytes: used << 20, QuotaBytes: 100 << 20, Full: full, Trouble: trouble}
	}
	tests := map[string]struct {
		known  *v1alpha1.StoreState
		status metav1.ConditionStatus
		reason string
		text   string
	}{
		"a store that was not looked at has no condition":            {nil, "", "", ""},
		"a store that is half full is within its quota":              {of(50, false, ""), metav1.ConditionTrue, "WithinQuota", ""},
		"a store that fills up is still within its quota, and warns": {of(80, false, ""), metav1.ConditionTrue, "FillingUp", "80 MiB of 100 MiB"},
		"a full store is not within its quota":                       {of(99, true, ""), metav1.ConditionFalse, "Full", "refuses writes"},
		"a store that does not answer is not known":                  {of(50, false, "connection refused"), metav1.ConditionUnknown, "NotSeen", "connection refused"},
		"a full store that does not answer any more stays full":      {of(99, true, "connection refused"), metav1.ConditionFalse, "Full", "Delete objects"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &v1alpha1.ManagedCluster{}
			c.Status.Store = tt.known
			s := status(Facts{Cluster: c, Now: at(time.Minute).Time, MaxConcurrent: 1}, finished(func(*assessment) {}))
			got := meta.FindStatusCondition(s.Conditions, StoreWithinQuota)
			if (got == nil) != (tt.status == "") {
				t.Fatalf("condition %+v", got)
			}
			if got != nil && (got.Status != tt.status || got.Reason != tt.reason || !strings.Contains(got.Message, tt.text)) {
				t.Errorf("condition %+v, want %s because %s: %q", got, tt.status, tt.reason, tt.text)
			}
		})
	}
}

// refusedUpgrade are steps of a plan before the gate.
var refusedUpgrade = []plan.Step{
	plan.Apply{Object: &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "kube-apiserver"}}},
	plan.Apply{Object: &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "kube-apiserver"}}},
}

func TestStatus(t *testing.T) {
	condition := func(s v1alpha1.ManagedClusterStatus, kind string) string {
		c := meta.FindStatusCondition(s.Conditions, kind)
		if c == nil {
			return "none"
		}
		return strings.TrimSpace(string(c.Status) + " " + c.Message)
	}
	tests := map[string]struct {
		ahead                                              int
		held                                               string
		assessed                                           assessment
		admitted, controlPlane, addons, pools, kubeVersion string
	}{
		"a cluster that is ready has its version": {
			0, "", finished(func(*assessment) {}), "True", "True", "True", "True", "1.37.2",
		},
		"a cluster in the queue says how many are ahead": {
			1, "", finished(func(a *assessment) { a.queued, a.pending, a.components, a.applied = true, queue.Waiting(1), nil, false }),
			"False the provisioning queue (1 cluster ahead)", "False the provisioning queue (1 cluster ahead)",
			"False the control plane", "False the pools to be made", "",
		},
		"an unready control plane keeps the add-ons waiting": {
			0, "", finished(func(a *assessment) { a.components[0] = v1alpha1.ComponentHealth{Name: "etcd", Message: "starting"} }),
			"True", "False etcd (starting)", "False the control plane", "True", "",
		},
		"add-ons may have their own reason to wait": {
			0, "", finished(func(a *assessment) { a.addons = "the API server" }), "True", "True", "False the API server", "True", "1.37.2",
		},
		"a cluster that the gate holds is not admitted": {
			0, "the window", finished(func(a *assessment) { a.components = nil }), "False the window", "False the control plane to be made",
			"False the control plane", "True", "",
		},
		"a workload that the gate keeps as it is has not the version asked for": {
			0, "", finished(func(a *assessment) { a.unapplied(refusedUpgrade) }), "True", "False kube-apiserver (being replaced)",
			"False the control plane", "True", "",
		},
		"trouble leaves conditions as they were, but for the admission": {
			0, "", finished(func(a *assessment) { a.trouble = errors.New("refused") }), "True", "none", "none", "none", "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
			c.Spec.KubernetesVersion = "1.37.2"
			f := Facts{Cluster: c, Now: at(time.Minute).Time, MaxConcurrent: 1, Ahead: tt.ahead}
			s := Admit(f, plan.Plan{Status: status(f, tt.assessed), Held: tt.held}).Status
			got := []string{condition(s, queue.Admitted), condition(s, ControlPlaneReady), condition(s, AddonsReady), condition(s, PoolsReady),
				s.CurrentKubernetesVersion}
			if want := []string{tt.admitted, tt.controlPlane, tt.addons, tt.pools, tt.kubeVersion}; !slices.Equal(got, want) {
				t.Errorf("status %q, want %q", got, want)
			}
			if (s.PoolsAppliedGeneration == 3) != tt.assessed.applied {
				t.Errorf("pools of generation %d are applied", s.PoolsAppliedGeneration)
			}
		})
	}
}
