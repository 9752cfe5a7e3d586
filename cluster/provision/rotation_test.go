package provision

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/controlplane"
	"lotse.dev/pki"
)

func TestInARotationTheControllerManagerFollowsTheAPIServer(t *testing.T) {
	f := runningCluster(t)
	apply := []plan.Step{plan.Apply{Object: controlplane.APIServerDeployment(controlplane.Spec{Ref: f.ref()})}}
	begun, err := pki.BeginRotation(f.Secrets[v1alpha1.SecretPKI].Data, 1, f.RealNow)
	if err != nil {
		t.Fatal(err)
	}
	rolling := []string{v1alpha1.ComponentAPIServer}
	for sentence, c := range map[string]struct {
		authorities map[string][]byte
		component   string
		steps       []plan.Step
		rolling     []string
		want        bool
	}{
		"it waits while the API server is about to roll": {begun, v1alpha1.ComponentControllerManager, apply, nil, true},
		"and while it rolls":                             {begun, v1alpha1.ComponentControllerManager, nil, rolling, true},
		"then it follows":                                {begun, v1alpha1.ComponentControllerManager, nil, nil, false},
		"others do not wait":                             {begun, v1alpha1.ComponentEtcd, apply, rolling, false},
		"and nothing does without a rotation": {
			f.Secrets[v1alpha1.SecretPKI].Data, v1alpha1.ComponentControllerManager, apply, rolling, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			f.Secrets[v1alpha1.SecretPKI].Data = c.authorities
			workload, found := find(f.Objects, &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: c.component}})
			if !found {
				t.Fatalf("there is no %s", c.component)
			}
			if got := f.holds(workload, c.steps, c.rolling); got != c.want {
				t.Errorf("held: %v", got)
			}
		})
	}
}

func TestAuthoritiesThatHaveEndedAreMadeAnew(t *testing.T) {
	f := runningCluster(t)
	end := pki.AuthoritiesNotAfter(f.Secrets[v1alpha1.SecretPKI].Data)
	for sentence, c := range map[string]struct {
		early time.Duration
		want  bool
	}{
		"when they have ended": {0, true}, "and not before, because everybody has to get new kubeconfigs": {time.Minute, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			f.RealNow = end.Add(-c.early)
			steps := Plan(f).Steps
			_, made := steps[0].(plan.WriteAuthorities)
			if made != c.want || made && len(steps) > 1 {
				t.Errorf("steps are %v", steps)
			}
		})
	}
}
