package csr

import (
	"context"
	"errors"
	"testing"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane/access"
	"lotse.dev/machine/hosted"
	"lotse.dev/reconcile"
)

// one hosted cluster.
type one struct{ client.Client }

func (o one) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return o.Client, nil
}

// pending is one request.
type pending string

func (p pending) Requests(types.NamespacedName) ([]string, error) { return []string{string(p)}, nil }

// TestAWebhookCannotPretendAStaleCache: a customer's webhook that answers 409 would otherwise be asked again every few milliseconds, by workers
// that other customers' machines need.
func TestAWebhookCannotPretendAStaleCache(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "sub-1", Name: "shop"}}
	request := &certificatesv1.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{Name: "csr-1"}}
	request.Spec.SignerName = certificatesv1.KubeAPIServerClientKubeletSignerName
	denied := apierrors.NewConflict(schema.GroupResource{Resource: "certificatesigningrequests"}, "csr-1", errors.New("denied by a webhook"))
	webhook := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).WithObjects(request).Build(), interceptor.Funcs{
		SubResourceUpdate: func(context.Context, client.Client, string, client.Object, ...client.SubResourceUpdateOption) error {
			return denied
		},
	})
	r := Reconciler{
		Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(cluster).Build(), Clock: clocktesting.NewFakePassiveClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
		Recorder: events.NewFakeRecorder(1), Hosted: one{access.Hosted(webhook)}, Pending: pending(request.Name),
	}
	_, err := r.Reconcile(t.Context(), hosted.Event{Cluster: client.ObjectKeyFromObject(cluster)})
	if !errors.Is(err, denied) || reconcile.IsConflict(err) {
		t.Errorf("got %v, want a failure, which is retried at growing intervals", err)
	}
}
