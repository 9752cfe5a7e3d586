package reconcile

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/api/v1alpha1"
)

var pools = schema.GroupResource{Group: v1alpha1.GroupVersion.Group, Resource: "agentpools"}

func TestOnConflict(t *testing.T) {
	other := errors.New("the API server is gone")
	hosted := Hosted(apierrors.NewConflict(pools, "p", errors.New("a customer's webhook denied the request")))
	asked := ctrl.Result{RequeueAfter: time.Minute}
	soon := ctrl.Result{RequeueAfter: conflictRetry}
	for sentence, c := range map[string]struct {
		returned error
		result   ctrl.Result
		err      error
	}{
		"a result without an error is passed on":         {nil, asked, nil},
		"an object that was changed is reconciled again": {apierrors.NewConflict(pools, "p", errors.New("changed")), soon, nil},
		"an object that was created meanwhile too":       {apierrors.NewAlreadyExists(pools, "p"), soon, nil},
		"a wrapped conflict is one":                      {fmt.Errorf("writing: %w", apierrors.NewConflict(pools, "p", errors.New("changed"))), soon, nil},
		"any other error is passed on":                   {other, asked, other},
		"a hosted cluster's conflict is a failure":       {hosted, asked, hosted},
		"also where it is wrapped":                       {fmt.Errorf("writing: %w", hosted), asked, hosted},
		"and where it was not the only error":            {errors.Join(apierrors.NewAlreadyExists(pools, "p"), hosted), asked, hosted},
	} {
		t.Run(sentence, func(t *testing.T) {
			inner := reconcile.Func(func(context.Context, ctrl.Request) (ctrl.Result, error) { return asked, c.returned })
			result, err := retryOnConflict[ctrl.Request](inner).Reconcile(t.Context(), ctrl.Request{})
			if result != c.result || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v; want %v, %v", result, err, c.result, c.err)
			}
		})
	}
}

func TestAConflictThatComesBackIsRetriedMoreAndMoreRarely(t *testing.T) {
	var returned error
	again := retryOnConflict[ctrl.Request](reconcile.Func(func(context.Context, ctrl.Request) (ctrl.Result, error) { return ctrl.Result{}, returned }))
	pause := func(name string) time.Duration {
		t.Helper()
		result, err := again.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: name}})
		if err != nil {
			t.Fatal(err)
		}
		return result.RequeueAfter
	}
	returned = apierrors.NewAlreadyExists(pools, "p")
	for _, want := range []time.Duration{conflictRetry, 2 * conflictRetry, 4 * conflictRetry} {
		if got := pause("p"); got != want {
			t.Errorf("retried after %s, want %s", got, want)
		}
	}
	if got := pause("q"); got != conflictRetry {
		t.Errorf("another object is retried after %s", got)
	}
	for range 20 {
		pause("p")
	}
	if got := pause("p"); got != lastRetry {
		t.Errorf("the longest pause is %s", got)
	}
	returned = nil
	pause("p")
	returned = apierrors.NewAlreadyExists(pools, "p")
	if got := pause("p"); got != conflictRetry {
		t.Errorf("after a success the first pause is %s", got)
	}
}

func TestAHostedClustersErrorKeepsItsReason(t *testing.T) {
	if err := Hosted(apierrors.NewNotFound(pools, "p")); client.IgnoreNotFound(err) != nil {
		t.Errorf("an object that was not found: %v", err)
	}
	if Hosted(nil) != nil {
		t.Error("no error became one")
	}
}

func TestSaveStatus(t *testing.T) {
	for sentence, c := range map[string]struct {
		change    func(*v1alpha1.AgentPool)
		meanwhile func(context.Context, client.Client, *v1alpha1.AgentPool) error
		conflict  bool
		nodes     int32 // stored then
		unwritten bool
	}{
		"a status that differs is written":  {change: func(p *v1alpha1.AgentPool) { p.Status.Nodes = 3 }, nodes: 3},
		"a status that is equal is not":     {change: func(*v1alpha1.AgentPool) {}, nodes: 1, unwritten: true},
		"a field that is unset is written":  {change: func(p *v1alpha1.AgentPool) { p.Status.Nodes = 0 }, nodes: 0},
		"a newer object is not overwritten": {change: func(p *v1alpha1.AgentPool) { p.Status.Nodes = 3 }, meanwhile: relabel, conflict: true, nodes: 1},
		"an object that is gone is no error": {
			change:    func(p *v1alpha1.AgentPool) { p.Status.Nodes = 3 },
			meanwhile: func(ctx context.Context, c client.Client, p *v1alpha1.AgentPool) error { return c.Delete(ctx, p) },
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			cl, before := stored(t)
			if c.meanwhile != nil {
				if err := c.meanwhile(t.Context(), cl, before.DeepCopy()); err != nil {
					t.Fatal(err)
				}
			}
			p := before.DeepCopy()
			c.change(p)
			if err := SaveStatus(t.Context(), cl, before, p); IsConflict(err) != c.conflict || err != nil && !c.conflict {
				t.Fatalf("saving: %v", err)
			}
			var now v1alpha1.AgentPool
			err := cl.Get(t.Context(), client.ObjectKeyFromObject(before), &now)
			if client.IgnoreNotFound(err) != nil || now.Status.Nodes != c.nodes {
				t.Errorf("%d nodes are stored (%v), want %d", now.Status.Nodes, err, c.nodes)
			}
			if c.unwritten != (now.ResourceVersion == before.ResourceVersion) {
				t.Errorf("resource version %s after %s", now.ResourceVersion, before.ResourceVersion)
			}
		})
	}
}

func relabel(ctx context.Context, c client.Client, p *v1alpha1.AgentPool) error {
	p.Labels = map[string]string{"changed": "meanwhile"}
	return c.Update(ctx, p)
}

// stored is a client of a store with one pool of one node.
func stored(t *testing.T) (client.Client, *v1alpha1.AgentPool) {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	p := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Namespace: "sub-1", Name: "p"}}
	p.Status.Nodes = 1
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(p).WithStatusSubresource(p).Build()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(p), p); err != nil {
		t.Fatal(err)
	}
	return c, p
}
