package resourcegroup

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
)

const namespace = "sub-1"

var name = v1alpha1.ObjectName(v1alpha1.ResourceGroupID("1", "MC"))

// scaleSet in the group MC, with the finalizer of the scale set controller.
func scaleSet() *v1alpha1.ScaleSet {
	return &v1alpha1.ScaleSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: "set", Finalizers: []string{v1alpha1.Finalizer},
		},
		Spec: v1alpha1.ScaleSetSpec{
			SubscriptionID: "1", ResourceGroup: "MC", Name: "aks-np1-1-vmss", Location: "local", Cluster: "c", Pool: "p",
			Model: v1alpha1.MachineModel{VMSize: "s", Image: "i", ImageVersion: "v", KubernetesVersion: "1.37.2", Release: "r", MaxPods: 30},
		},
	}
}

func TestAGroupDiesWithWhatIsInIt(t *testing.T) {
	c := newClient(t)
	create(t, c, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	group := &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.ResourceGroupSpec{Name: "MC", Location: "local"},
	}
	create(t, c, group)
	set := scaleSet()
	create(t, c, set)
	converge(t, c)
	get(t, c, group)
	if state := v1alpha1.ProvisioningState(group); state != "Succeeded" {
		t.Fatalf("a group that was written is %s, want Succeeded", state)
	}
	if err := c.Delete(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	converge(t, c)
	get(t, c, group)
	get(t, c, set)
	if set.DeletionTimestamp == nil || v1alpha1.CurrentOperation(group).Waiting != "the deletion of scale set aks-np1-1-vmss" {
		t.Fatalf("scale set deleted at %v, group waits for %q", set.DeletionTimestamp, v1alpha1.CurrentOperation(group).Waiting)
	}
	set.Finalizers = nil
	if err := c.Update(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	converge(t, c)
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(group), group); !apierrors.IsNotFound(err) {
		t.Errorf("the empty group is still there (%v)", err)
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

// converge reconciles as often as the controller asks for it, and once more for the event of its own write.
func converge(t *testing.T, c client.Client) {
	t.Helper()
	r := &Reconciler{Client: c, Clock: clock.RealClock{}}
	for range 2 {
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: namespace, Name: name}}); err != nil {
			t.Fatal(err)
		}
	}
}
