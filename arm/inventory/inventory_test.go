package inventory

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

const subscription = "11111111-2222-3333-4444-555555555555"

// named puts an object where a request for the ID looks.
func named(id string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: v1alpha1.ObjectName(id)}
}

func api(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func TestAGroupIsTheOneInThePath(t *testing.T) {
	for sentence, c := range map[string]struct {
		held string
		want fault.Kind
	}{
		"the same name in another case is the same group":   {"RG1", ""},
		"an object that holds another group is not the one": {"rg2", fault.Conflict},
	} {
		t.Run(sentence, func(t *testing.T) {
			g := &v1alpha1.ResourceGroup{
				ObjectMeta: named(v1alpha1.ResourceGroupID(subscription, "rg1")), Spec: v1alpha1.ResourceGroupSpec{Name: c.held},
			}
			_, err := Group(t.Context(), api(t, g), subscription, "rg1")
			check(t, err, c.want)
		})
	}
	_, err := Group(t.Context(), api(t), subscription, "rg1")
	check(t, err, fault.ResourceGroupNotFound)
}

func TestAClusterIsTheOneInThePath(t *testing.T) {
	const other = "99999999-2222-3333-4444-555555555555"
	for sentence, c := range map[string]struct {
		subscription, group, name string
		want                      fault.Kind
	}{
		"the same names in another case are the same cluster":      {subscription, "RG1", "C1", ""},
		"an object that holds another name is not the one":         {subscription, "rg1", "c2", fault.Conflict},
		"an object that holds another group is not the one":        {subscription, "rg2", "c1", fault.Conflict},
		"an object that holds another subscription is not the one": {other, "rg1", "c1", fault.Conflict},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := &v1alpha1.ManagedCluster{
				ObjectMeta: named(v1alpha1.ManagedClusterID(subscription, "rg1", "c1")),
				Spec:       v1alpha1.ManagedClusterSpec{SubscriptionID: c.subscription, ResourceGroup: c.group, Name: c.name},
			}
			_, err := ExistingCluster(t.Context(), api(t, m), subscription, "rg1", "c1")
			check(t, err, c.want)
		})
	}
}

func check(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || fault.Of(err).Kind != want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if (want == fault.Conflict) != errors.Is(err, ErrOtherResource) {
		t.Errorf("%v is not logged", err)
	}
}
