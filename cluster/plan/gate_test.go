package plan

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

func TestThrough(t *testing.T) {
	apply := func(name string) Step {
		return Apply{Object: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}}
	}
	pool := WritePool{Want: &v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: "np1"}}}
	failure := &v1alpha1.OperationError{Code: "X"}
	tests := map[string]struct {
		plan    Plan
		refused map[string]string
		want    []string
		waiting string
	}{
		"an open gate lets everything pass": {
			Plan{Steps: []Step{apply("a"), pool}}, nil, []string{"apply *v1.Namespace a", "write pool np1"}, "",
		},
		"a refused step is not taken, nor are the steps that need it": {
			Plan{Steps: []Step{apply("a"), apply("b"), apply("c")}}, map[string]string{"apply *v1.Namespace b": "the window"},
			[]string{"apply *v1.Namespace a"}, "the window",
		},
		"nothing waits for a refused pool": {
			Plan{Steps: []Step{pool, apply("a")}}, map[string]string{"write pool np1": "the window"}, []string{"apply *v1.Namespace a"}, "the window",
		},
		"the first refusal is named": {
			Plan{Steps: []Step{pool, apply("a")}}, map[string]string{"write pool np1": "one", "apply *v1.Namespace a": "two"}, nil, "one",
		},
		"a refusal is waited for instead of what the plan waits for": {
			Plan{Steps: []Step{apply("a")}, Outcome: operation.Outcome{Waiting: "etcd"}, Recheck: time.Hour}, map[string]string{"apply *v1.Namespace a": "the window"},
			nil, "the window",
		},
		"a failure stays one": {
			Plan{Steps: []Step{apply("a")}, Outcome: operation.Fail(failure)}, map[string]string{"apply *v1.Namespace a": "the window"}, nil, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			gate := func(_ *v1alpha1.ManagedCluster, s Step) string { return tt.refused[s.String()] }
			got := tt.plan.Through(gate, nil)
			var steps []string
			for _, s := range got.Steps {
				steps = append(steps, s.String())
			}
			if !slices.Equal(steps, tt.want) || got.Outcome.Waiting != tt.waiting {
				t.Errorf("steps %q, waiting for %q; want %q, %q", steps, got.Outcome.Waiting, tt.want, tt.waiting)
			}
			if len(tt.refused) > 0 && (got.Recheck == 0 || got.Recheck > refusedRecheck) {
				t.Errorf("the gate is asked again after %s", got.Recheck)
			}
			if (got.Held != "") != (len(tt.refused) > 0 && len(tt.want) == 0) {
				t.Errorf("steps %q of %v passed, and the plan is held by %q", steps, tt.plan.Steps, got.Held)
			}
			if tt.plan.Outcome.Failure != got.Outcome.Failure {
				t.Error("the gate changed the failure")
			}
			if open := tt.plan.Through(Open, nil); len(open.Steps) != len(tt.plan.Steps) {
				t.Error("the default gate refuses a step")
			}
		})
	}
}

func TestAGateNeverFailsAnOperation(t *testing.T) {
	c := &v1alpha1.ManagedCluster{}
	now := metav1.Now()
	operation.Begin(c, now)
	p := Plan{Steps: []Step{AddFinalizer{}}}.Through(func(*v1alpha1.ManagedCluster, Step) string { return "the window" }, c)
	operation.Settle(c, "The cluster", p.Outcome, metav1.NewTime(now.AddDate(1, 0, 0)))
	if op := v1alpha1.CurrentOperation(c); op.State != v1alpha1.InProgress || op.Waiting != "the window" {
		t.Errorf("after a year the operation is %+v", op)
	}
}

func TestStepsHaveNames(t *testing.T) {
	for _, s := range []Step{
		AddFinalizer{}, RecordEndpoint{}, WriteAuthorities{}, WriteCredentials{}, ApplyAddons{}, Delete{}, RemoveFinalizer{},
	} {
		if s.String() == "" || Independent(s) {
			t.Errorf("step %T has no name, or later steps do without it", s)
		}
	}
}
