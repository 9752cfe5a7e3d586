package provision

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/upgrade"
	"lotse.dev/controlplane"
)

// upgraded is a running cluster of 1.37.2 that asks for 1.38.0 with its pool, from a release in which all images are others. That is recorded.
func upgraded(t *testing.T) Facts {
	t.Helper()
	f := runningCluster(t)
	f.Cluster.Spec.KubernetesVersion = "1.38.0"
	f.Cluster.Spec.PoolProfiles[0].OrchestratorVersion = "1.38.0"
	begun(&f)
	for name := range f.Release.Spec.Images {
		f.Release.Spec.Images[name] = "registry.lotse.internal/lotse/" + name + ":v2-22222222"
	}
	steps := Plan(f).Steps
	if len(steps) == 0 || steps[0].String() != "apply *v1.Secret rendering" {
		t.Fatalf("what it is to become is not recorded first: %v", steps)
	}
	take(t, &f, steps[0])
	nextReconcile(&f)
	return f
}

// rollout reports of a workload how far its Pods are what was last rendered.
func rollout(t *testing.T, f *Facts, name string, done bool) {
	t.Helper()
	updated := int32(0)
	if done {
		updated = 1
	}
	meta := metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: name}
	if d, found := find(f.Objects, &appsv1.Deployment{ObjectMeta: meta}); found {
		d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: updated}
		return
	}
	set, found := find(f.Objects, &appsv1.StatefulSet{ObjectMeta: meta})
	if !found {
		t.Fatalf("there is no workload %s", name)
	}
	set.Status = appsv1.StatefulSetStatus{ObservedGeneration: set.Generation, Replicas: 1, UpdatedReplicas: updated}
}

// TestAnUpgradeReplacesOneComponentAfterTheOther: no component is newer than its API server, and pools and add-ons follow the control plane.
func TestAnUpgradeReplacesOneComponentAfterTheOther(t *testing.T) {
	f := upgraded(t)
	for _, next := range []struct{ workload, step string }{
		{"etcd", "apply *v1.StatefulSet etcd"},
		{"kube-apiserver", "apply *v1.Deployment kube-apiserver"},
		{"kube-controller-manager", "apply *v1.StatefulSet kube-controller-manager"},
	} {
		p := Plan(f)
		if len(p.Steps) != 1 || p.Steps[0].String() != next.step {
			t.Fatalf("steps %v, want %s alone", p.Steps, next.step)
		}
		take(t, &f, p.Steps[0])
		rollout(t, &f, next.workload, false) // as the API server answers
		if p = Plan(f); len(p.Steps) > 0 || p.Outcome.Waiting != next.workload+" (being replaced)" || p.Status.CurrentKubernetesVersion != "1.37.2" {
			t.Fatalf("while %s is replaced: steps %v, waiting %q at version %s", next.workload, p.Steps, p.Outcome.Waiting, p.Status.CurrentKubernetesVersion)
		}
		nextReconcile(&f)
		rollout(t, &f, next.workload, true)
	}
	got := strings.Split(simulate(t, &f), ", ")
	slices.Sort(got)
	if want := []string{"apply the add-ons", "write pool np1"}; !slices.Equal(got, want) {
		t.Errorf("after the control plane the steps are %v, want %v", got, want)
	}
	if got := f.Cluster.Status.CurrentKubernetesVersion; got != "1.38.0" {
		t.Errorf("the cluster says that it runs %s", got)
	}
}

// TestAnUpgradeGoesOnAfterAnyStep: what is done is read from the objects, so a process that knows nothing of the steps before takes the next one.
func TestAnUpgradeGoesOnAfterAnyStep(t *testing.T) {
	f := upgraded(t)
	take(t, &f, Plan(f).Steps[0]) // etcd
	nextReconcile(&f)
	f.Addons = Addons{} // another process
	rollout(t, &f, "etcd", true)
	if got := Plan(f).Steps; len(got) != 1 || got[0].String() != "apply *v1.Deployment kube-apiserver" {
		t.Errorf("got %v", got)
	}
}

// TestOtherChangesReplaceComponentsTogether, as before: only images have an order.
func TestOtherChangesReplaceComponentsTogether(t *testing.T) {
	f := runningCluster(t)
	for _, o := range []client.Object{
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: v1alpha1.ComponentAPIServer}},
		&appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: v1alpha1.ComponentControllerManager}},
	} {
		switch o := f.Objects.live[keyOf(o)].(type) {
		case *appsv1.Deployment:
			o.Spec.Template.Spec.Containers[0].Command = []string{"another"}
		case *appsv1.StatefulSet:
			o.Spec.Template.Spec.Containers[0].Command = []string{"another"}
		}
	}
	if got := simulate(t, &f); got != "apply Deployment kube-apiserver, apply StatefulSet kube-controller-manager" {
		t.Errorf("got %s", got)
	}
}

// TestAnAbortedUpgradeStopsBetweenComponents: what has its new images goes on, everything after it stays until the next write.
func TestAnAbortedUpgradeStopsBetweenComponents(t *testing.T) {
	for sentence, c := range map[string]struct {
		done  []string
		steps string
		runs  string
	}{
		"before the first component nothing changes":                        {nil, "", "1.37.2"},
		"after the store the API server stays":                              {[]string{"etcd"}, "", "1.37.2"},
		"after the API server its controllers stay":                         {[]string{"etcd", "kube-apiserver"}, "", "1.37.2"},
		"a control plane that is upgraded gets the add-ons that go with it": {[]string{"etcd", "kube-apiserver", "kube-controller-manager"}, "apply the add-ons", "1.38.0"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := upgraded(t)
			for _, name := range c.done {
				take(t, &f, Plan(f).Steps[0])
				nextReconcile(&f)
				rollout(t, &f, name, true)
			}
			v1alpha1.SetAbort(f.Cluster)
			got := throughAbort(t, &f)
			if got != c.steps || f.Cluster.Status.CurrentKubernetesVersion != c.runs {
				t.Errorf("steps %q, and it says that it runs %s; want %q, %s", got, f.Cluster.Status.CurrentKubernetesVersion, c.steps, c.runs)
			}
			if !apimeta.IsStatusConditionTrue(f.Cluster.Status.Conditions, ControlPlaneReady) {
				t.Error("a control plane that serves counts as one that is not ready")
			}
			begun(&f) // the next write
			nextReconcile(&f)
			if steps := Plan(f).Steps; len(steps) == 0 {
				t.Error("the next write does not go on")
			}
		})
	}
}

// throughAbort takes the steps that an aborted cluster has, but for pools, which its gate refuses.
func throughAbort(t *testing.T, f *Facts) string {
	t.Helper()
	var names []string
	for {
		p := Plan(*f)
		f.Cluster.Status = p.Status
		steps := slices.DeleteFunc(p.Steps, func(s plan.Step) bool { _, pool := s.(plan.WritePool); return pool })
		if len(steps) == 0 {
			return strings.Join(names, ", ")
		}
		for _, s := range steps {
			names = append(names, s.String())
			take(t, f, s)
		}
	}
}

// TestAHaltedWorkloadGetsItsCertificates, and nothing else.
func TestAHaltedWorkloadGetsItsCertificates(t *testing.T) {
	f := upgraded(t)
	v1alpha1.SetAbort(f.Cluster)
	f.RealNow = f.RealNow.AddDate(0, 9, 0)
	before := f.Objects.live[keyOf(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: v1alpha1.ComponentAPIServer}})].(*appsv1.Deployment).DeepCopy()
	throughAbort(t, &f)
	after, _ := find(f.Objects, before)
	if podTemplate(after).Annotations[controlplane.AnnotationCredentials] == podTemplate(before).Annotations[controlplane.AnnotationCredentials] {
		t.Error("the API server keeps certificates that end")
	}
	if upgrade.Reimaged(before, after) {
		t.Error("the API server is upgraded by the renewal of its certificates")
	}
	nextReconcile(&f)
	if again := throughAbort(t, &f); again != "" {
		t.Errorf("it is written again: %s", again)
	}
}
