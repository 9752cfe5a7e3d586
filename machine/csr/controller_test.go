package csr

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/hosted"
)

// flood is a hosted cluster with a number of requests. Each is answered by answer.
type flood struct {
	client.Client
	requests int
	answer   func(*certificatesv1.CertificateSigningRequest) error
	asked    atomic.Int32
}

func (f *flood) Requests(types.NamespacedName) ([]string, error) {
	names := make([]string, f.requests)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names, nil
}

func (f *flood) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) { return f, nil }

func (f *flood) Get(_ context.Context, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	f.asked.Add(1)
	return f.answer(o.(*certificatesv1.CertificateSigningRequest))
}

func TestAClusterWithManyRequestsDoesNotDelayOthers(t *testing.T) {
	gone := func(*certificatesv1.CertificateSigningRequest) error {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "certificatesigningrequests"}, "x")
	}
	broken := func(*certificatesv1.CertificateSigningRequest) error {
		return apierrors.NewInternalError(fmt.Errorf("no store"))
	}
	for sentence, c := range map[string]struct {
		requests, asked int
		answer          func(*certificatesv1.CertificateSigningRequest) error
		again           time.Duration
		fails           bool
	}{
		"a few requests are decided at once":               {3, 3, gone, 0, false},
		"a flood is decided in batches, behind the others": {10_000, batch, gone, next, false},
		"no request means no call":                         {0, 0, gone, 0, false},
		"a request that fails keeps no other":              {3, 3, broken, 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := v1alpha1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "sub-1", Name: "c1"}}
			f := &flood{requests: c.requests, answer: c.answer}
			r := &Reconciler{
				Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(cluster).Build(),
				Clock:  clocktesting.NewFakePassiveClock(time.Unix(0, 0)), Hosted: f, Pending: f,
			}
			result, err := r.Reconcile(t.Context(), hosted.Event{Cluster: client.ObjectKeyFromObject(cluster)})
			if (err != nil) != c.fails || result.RequeueAfter != c.again || int(f.asked.Load()) != c.asked {
				t.Errorf("%d requests, again in %s, %v", f.asked.Load(), result.RequeueAfter, err)
			}
		})
	}
}
