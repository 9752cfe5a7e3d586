package apply_test

import (
	"context"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/apply"
)

var lotse = client.FieldOwner(v1alpha1.FieldManager)

// TestWholeRemovesWhatTheServiceSetEarlier runs on a real API server, which alone decides who owns a field.
func TestWholeRemovesWhatTheServiceSetEarlier(t *testing.T) {
	c := serve(t)
	labelled := func(labels map[string]string) func(*v1alpha1.AgentPool) {
		return func(p *v1alpha1.AgentPool) { p.Spec.NodeLabels = labels }
	}
	for sentence, tc := range map[string]struct {
		earlier func(context.Context, *v1alpha1.AgentPool) error
		want    map[string]string
	}{
		"a label that the pool was created with is gone": {
			func(ctx context.Context, p *v1alpha1.AgentPool) error {
				return change(ctx, c, p, func(*v1alpha1.AgentPool) {}, lotse)
			},
			map[string]string{"kept": "yes"},
		},
		"a label that a later update set is gone too": {
			func(ctx context.Context, p *v1alpha1.AgentPool) error {
				return change(ctx, c, p, labelled(map[string]string{"kept": "no", "later": "yes"}), lotse)
			},
			map[string]string{"kept": "yes"},
		},
		"a label that was updated between two applies is gone": {
			func(ctx context.Context, p *v1alpha1.AgentPool) error {
				if err := whole(ctx, c, p, func(*v1alpha1.AgentPool) {}); err != nil {
					return err
				}
				return change(ctx, c, p, labelled(map[string]string{"dropped": "no", "later": "yes"}), lotse)
			},
			map[string]string{"kept": "yes"},
		},
		"a label that another manager set stays": {
			func(ctx context.Context, p *v1alpha1.AgentPool) error {
				return change(ctx, c, p, func(p *v1alpha1.AgentPool) { p.Spec.NodeLabels["foreign"] = "yes" }, client.FieldOwner("kubectl-edit"))
			},
			map[string]string{"kept": "yes", "foreign": "yes"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := pool()
			must(t, c.Create(t.Context(), p, lotse))
			defer func() { must(t, c.Delete(t.Context(), p)) }()
			must(t, tc.earlier(t.Context(), p))
			must(t, whole(t.Context(), c, p, func(p *v1alpha1.AgentPool) {
				p.Spec.NodeLabels = map[string]string{"kept": "yes"}
				p.Spec.NodeTaints, p.Spec.Tags = nil, nil
			}))
			must(t, c.Get(t.Context(), client.ObjectKeyFromObject(p), p))
			if !equality.Semantic.DeepEqual(p.Spec.NodeLabels, tc.want) || len(p.Spec.NodeTaints) > 0 || len(p.Spec.Tags) > 0 {
				t.Errorf("labels %v, taints %v, tags %v", p.Spec.NodeLabels, p.Spec.NodeTaints, p.Spec.Tags)
			}
		})
	}
}

func TestWholeKeepsFinalizersAndStatus(t *testing.T) {
	c, p := serve(t), pool()
	must(t, c.Create(t.Context(), p, lotse))
	must(t, change(t.Context(), c, p, func(p *v1alpha1.AgentPool) { p.Finalizers = []string{v1alpha1.Finalizer} }, lotse))
	p.Status.Nodes = 3
	must(t, c.Status().Update(t.Context(), p, lotse))
	must(t, whole(t.Context(), c, p, func(p *v1alpha1.AgentPool) { p.Finalizers, p.Spec.NodeLabels = nil, nil }))
	if !slices.Contains(p.Finalizers, v1alpha1.Finalizer) || p.Status.Nodes != 3 || len(p.Spec.NodeLabels) > 0 || p.Generation != 2 {
		t.Errorf("finalizers %v, %d nodes, labels %v, generation %d", p.Finalizers, p.Status.Nodes, p.Spec.NodeLabels, p.Generation)
	}
}

func TestAWriteSinceTheReadIsAConflict(t *testing.T) {
	c, p := serve(t), pool()
	must(t, c.Create(t.Context(), p, lotse))
	stale := p.DeepCopy()
	must(t, change(t.Context(), c, p, func(p *v1alpha1.AgentPool) { p.Spec.Count = 5 }, lotse))
	if err := whole(t.Context(), c, stale, func(p *v1alpha1.AgentPool) { p.Spec.Count = 2 }); !apierrors.IsConflict(err) {
		t.Errorf("an outdated pool is written: %v", err)
	}
}

// serve starts an API server with the pools' namespace.
func serve(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	must(t, clientscheme.AddToScheme(scheme))
	must(t, v1alpha1.AddToScheme(scheme))
	c, err := client.New(apitest.Start(t), client.Options{Scheme: scheme})
	must(t, err)
	must(t, c.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: pool().Namespace}}))
	return c
}

func pool() *v1alpha1.AgentPool {
	return &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{Namespace: "sub-1", Name: "np1"},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: "c1", Name: "np1", AgentPoolSpec: v1alpha1.AgentPoolSpec{
			Mode: v1alpha1.UserPool, Count: 1, VMSize: "Standard_B2s", MaxPods: 30, OrchestratorVersion: "1.37.2", Release: "v1",
			NodeLabels: map[string]string{"kept": "yes", "dropped": "yes"}, NodeTaints: []string{"a=b:NoSchedule"}, Tags: map[string]string{"t": "1"},
		}},
	}
}

// change p by an update of the object as it was read.
func change(ctx context.Context, c client.Client, p *v1alpha1.AgentPool, edit func(*v1alpha1.AgentPool), as client.FieldOwner) error {
	edit(p)
	return c.Update(ctx, p, as)
}

// whole applies p as it was read, with a change.
func whole(ctx context.Context, c client.Client, p *v1alpha1.AgentPool, edit func(*v1alpha1.AgentPool)) error {
	edit(p)
	written, err := apply.Whole(ctx, c, p)
	if err == nil {
		written.(*v1alpha1.AgentPool).DeepCopyInto(p)
	}
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
