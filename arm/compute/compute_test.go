package compute

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestScaleSetsOfTheSubscriptionAreResources(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	set := func(subscription, name string) *v1alpha1.ScaleSet {
		return &v1alpha1.ScaleSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: name},
			Spec:       v1alpha1.ScaleSetSpec{Name: name, ResourceGroup: "MC_rg_c_local", Location: "local", Tags: map[string]string{"a": "b"}},
		}
	}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(set("s1", "aks-np1-vmss"), set("s2", "other")).Build()
	found, err := New(c).Registration().Resources(t.Context(), "s1")
	if err != nil || len(found) != 1 {
		t.Fatalf("got %+v, %v", found, err)
	}
	got, id := found[0], v1alpha1.ScaleSetID("s1", "MC_rg_c_local", "aks-np1-vmss")
	if got.ID != id || got.Type != "Microsoft.Compute/virtualMachineScaleSets" || got.Group != "MC_rg_c_local" || got.Tags["a"] != "b" {
		t.Errorf("got %+v", got)
	}
}
