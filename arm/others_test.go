package arm_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// othersObjects simulates two IDs with the same hash: an object that holds another resource than the path, and a Secret of another cluster.
func othersObjects(t *testing.T, w *world) {
	token := w.token(admin)
	path := s1 + "/resourceGroups/mistaken"
	must(t, w.client.Create(t.Context(), &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(path)},
		Spec:       v1alpha1.ResourceGroupSpec{Name: "another", Location: "local"},
	}))
	w.until(t, "the front door to see the object that was written past it", func() bool { return w.do(token, "GET", path+v, "").StatusCode == 409 })
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		w.want(t, w.do(token, method, path+v, `{"location":"local"}`), 409, "Conflict")
	}
	id := v1alpha1.ManagedClusterID(sub1, "rg1", "c1")
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(v1alpha1.ObjectName(id)), Name: v1alpha1.SecretPKI}
	must(t, w.client.Get(t.Context(), key, secret))
	w.want(t, w.do(token, "POST", mc+"/listClusterUserCredential"+v, ""), 200, "")
	secret.Labels[v1alpha1.LabelSubscription] = sub2
	must(t, w.client.Update(t.Context(), secret))
	w.want(t, w.do(token, "POST", mc+"/listClusterUserCredential"+v, ""), 409, "OperationNotAllowed")
	secret.Labels[v1alpha1.LabelSubscription] = sub1
	must(t, w.client.Update(t.Context(), secret))
}
