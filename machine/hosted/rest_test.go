package hosted

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestAStoppedClusterIsNotWatched(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "sub", Name: "shop"}}
	cluster.Spec.PowerState, cluster.Status.PowerState = v1alpha1.Stopped, v1alpha1.Stopped
	key := client.ObjectKeyFromObject(cluster)
	asked, ended := false, false
	r := &Reconciler{
		Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(cluster).Build(), Watches: NewWatches(),
		Config: func(context.Context, client.Reader, *v1alpha1.ManagedCluster) (*rest.Config, error) {
			asked = true
			return &rest.Config{}, nil
		},
	}
	r.Watches.watches[key] = &watch{stop: func() { ended = true }}
	result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: key})
	if err != nil || asked || !ended || result.RequeueAfter != 0 {
		t.Errorf("asked %t, the watch ended %t, again after %s, %v", asked, ended, result.RequeueAfter, err)
	}
}
