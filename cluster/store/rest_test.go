package store

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestTheStoreOfAClusterThatDoesNotRunIsNotChecked(t *testing.T) {
	for sentence, c := range map[string]struct {
		wanted, has v1alpha1.PowerState
		again       time.Duration
	}{
		"a cluster at rest is not looked at again":                  {v1alpha1.Stopped, v1alpha1.Stopped, 0},
		"the store of a cluster that stops may be gone at any time": {v1alpha1.Stopped, v1alpha1.Running, checkIntervalFilled},
		"the store of a cluster that starts may not be up yet":      {"", v1alpha1.Stopped, checkIntervalFilled},
	} {
		t.Run(sentence, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := v1alpha1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "sub", Name: "shop"}}
			cluster.Spec.PowerState, cluster.Status.PowerState, cluster.Status.CurrentKubernetesVersion = c.wanted, c.has, "1.37.2"
			cluster.Status.Endpoint.Port = 30443
			// Without a Service, looking at the store would fail.
			r := &Reconciler{fake.NewClientBuilder().WithScheme(scheme).WithObjects(cluster).Build()}
			result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(cluster)})
			if err != nil || result.RequeueAfter != c.again {
				t.Errorf("again after %s, %v", result.RequeueAfter, err)
			}
		})
	}
}
