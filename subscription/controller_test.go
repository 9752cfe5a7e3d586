package subscription

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
)

const id = "6f1c0000-0000-0000-0000-000000000001"

func TestADeletedSubscriptionTakesItsGroupsAlong(t *testing.T) {
	c := newClient(t)
	s := &v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.SubscriptionSpec{DisplayName: "shop", TenantID: "t"}}
	create(t, c, s)
	converge(t, c, 2)
	get(t, c, s)
	if op := v1alpha1.CurrentOperation(s); op.State != v1alpha1.Succeeded {
		t.Fatalf("operation %+v, want Succeeded", op)
	}
	group := &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(id), Name: "web-1"},
		Spec:       v1alpha1.ResourceGroupSpec{Name: "web", Location: "local"},
	}
	create(t, c, group)
	s.Spec.State = v1alpha1.SubscriptionDeleted
	if err := c.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	converge(t, c, 2)
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(group), group); !apierrors.IsNotFound(err) {
		t.Errorf("the group is still there (%v)", err)
	}
	get(t, c, s)
	if op := v1alpha1.CurrentOperation(s); op.State != v1alpha1.Succeeded || op.Generation != 2 {
		t.Errorf("operation %+v, want generation 2 Succeeded", op)
	}
	if err := c.Get(t.Context(), client.ObjectKey{Name: v1alpha1.SubscriptionNamespace(id)}, &corev1.Namespace{}); err != nil {
		t.Errorf("the namespace of a subscription that can be registered again is gone: %v", err)
	}
}

func TestANamespaceOfSomethingElseIsNeitherTakenNorDeleted(t *testing.T) {
	c := newClient(t)
	theirs := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.SubscriptionNamespace(id), Labels: map[string]string{"owner": "another"}}}
	create(t, c, theirs)
	group := &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{Namespace: theirs.Name, Name: "web-1"}, Spec: v1alpha1.ResourceGroupSpec{Name: "web", Location: "local"},
	}
	create(t, c, group)
	s := &v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.SubscriptionSpec{
		DisplayName: "shop", TenantID: "t", State: v1alpha1.SubscriptionDeleted,
	}}
	create(t, c, s)
	converge(t, c, 2)
	get(t, c, s)
	if op := v1alpha1.CurrentOperation(s); op.State != v1alpha1.Failed || op.Error == nil || op.Error.Code != "NamespaceAlreadyExists" {
		t.Errorf("operation %+v, want it to fail", op)
	}
	if err := c.Delete(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	converge(t, c, 2)
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(s), s); !apierrors.IsNotFound(err) {
		t.Errorf("the subscription is still there (%v)", err)
	}
	get(t, c, theirs)
	get(t, c, group)
	if len(theirs.Labels) != 2 || theirs.Labels[v1alpha1.LabelSubscription] != "" || theirs.DeletionTimestamp != nil { // the server adds the name
		t.Errorf("the namespace was changed: %+v", theirs)
	}
}

// registry is one that may be away.
type registry struct {
	away      error
	forgotten []string
}

// ForgetSubscription implements Images.
func (r *registry) ForgetSubscription(_ context.Context, id string) error {
	if r.away == nil {
		r.forgotten = append(r.forgotten, id)
	}
	return r.away
}

func TestASubscriptionEndsWithItsImages(t *testing.T) {
	now := metav1.Now()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	s := &v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: id, DeletionTimestamp: &now, Finalizers: []string{v1alpha1.Finalizer}}}
	images := &registry{away: errors.New("it does not answer")}
	r := &Reconciler{Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(s).Build(), Clock: clock.RealClock{}, Images: images}
	request := ctrl.Request{NamespacedName: client.ObjectKey{Name: id}}
	if _, err := r.Reconcile(t.Context(), request); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("while the registry is away: %v", err)
	}
	get(t, r.Client, s) // it is still there
	images.away = nil
	if _, err := r.Reconcile(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if err := r.Get(t.Context(), request.NamespacedName, s); !apierrors.IsNotFound(err) || len(images.forgotten) != 1 || images.forgotten[0] != id {
		t.Errorf("forgotten are %v; the subscription: %v", images.forgotten, err)
	}
}

func newClient(t *testing.T) client.Client {
	t.Helper()
	config := apitest.Start(t)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func create(t *testing.T, c client.Client, o client.Object) {
	t.Helper()
	if err := c.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, c client.Client, o client.Object) {
	t.Helper()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
		t.Fatal(err)
	}
}

func converge(t *testing.T, c client.Client, times int) {
	t.Helper()
	r := &Reconciler{Client: c, Clock: clock.RealClock{}}
	for range times {
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: id}}); err != nil {
			t.Fatal(err)
		}
	}
}
