package store

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestTheStoreOfAnotherClusterIsNotReached(t *testing.T) {
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "shop"}, Spec: v1alpha1.ManagedClusterSpec{SubscriptionID: "s1"}}
	part := func(name, subscription string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: v1alpha1.ControlPlaneNamespace("shop"), Name: name, Labels: map[string]string{
			v1alpha1.LabelCluster: "shop", v1alpha1.LabelSubscription: subscription,
		}}
	}
	for sentence, c := range map[string]struct{ service, secret, wanted string }{
		"its Service is refused": {"s2", "s1", "belongs to something else than cluster shop"},
		"its Secret is refused":  {"s1", "s2", "belongs to something else than cluster shop"},
		"the own one is opened":  {"s1", "s1", v1alpha1.SecretEtcdService}, // which has no certificates here
	} {
		t.Run(sentence, func(t *testing.T) {
			management := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(
				&corev1.Service{ObjectMeta: part(v1alpha1.ComponentEtcd, c.service)},
				&corev1.Secret{ObjectMeta: part(v1alpha1.SecretEtcdService, c.secret)},
			).Build()
			_, err := (&Reconciler{Client: management}).reach(t.Context(), cluster)
			if err == nil || !strings.Contains(err.Error(), c.wanted) {
				t.Errorf("got %v, want %q", err, c.wanted)
			}
		})
	}
}
