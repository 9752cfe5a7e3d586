package provision

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
)

const window = "the maintenance window"

// TestAnUpgradeThatTheGateRefusesIsNotDone: the status has what runs, and not what the refused steps would have changed.
func TestAnUpgradeThatTheGateRefusesIsNotDone(t *testing.T) {
	f := runningCluster(t)
	begun(&f)
	f.Cluster.Spec.KubernetesVersion = "1.38.0"
	f.Release.Spec.Images["kubernetes"] = "registry.lotse.internal/lotse/kubernetes:v2-22222222"
	closed := func(_ *v1alpha1.ManagedCluster, s plan.Step) string {
		if apply, ok := s.(plan.Apply); ok {
			if _, apiServer := apply.Object.(*appsv1.Deployment); apiServer {
				return window
			}
		}
		return ""
	}
	p := Admit(f, Plan(f).Through(closed, f.Cluster))
	if p.Outcome.Waiting != window || p.Status.CurrentKubernetesVersion != "1.37.2" || meta.IsStatusConditionTrue(p.Status.Conditions, ControlPlaneReady) {
		t.Errorf("waiting for %q at version %s, conditions %v", p.Outcome.Waiting, p.Status.CurrentKubernetesVersion, p.Status.Conditions)
	}
}

func TestAClusterIsAdmittedWhenTheGateLetsAStepPass(t *testing.T) {
	f := newCluster()
	closed := func(*v1alpha1.ManagedCluster, plan.Step) string { return window }
	p := Admit(f, Plan(f).Through(closed, f.Cluster))
	if c := meta.FindStatusCondition(p.Status.Conditions, queue.Admitted); c == nil || c.Message != window || c.Status != "False" {
		t.Errorf("the gate refused every step, and the condition is %+v", c)
	}
	f.Cluster.Status = p.Status
	if p := Admit(f, Plan(f).Through(plan.Open, f.Cluster)); !meta.IsStatusConditionTrue(p.Status.Conditions, queue.Admitted) {
		t.Errorf("the gate is open, and the conditions are %+v", p.Status.Conditions)
	}
	if queue.Waits(f.Cluster) {
		t.Error("a cluster that the gate holds keeps others waiting")
	}
}
