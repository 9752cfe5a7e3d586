package cluster

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// requests to an API server, but for watches and what fills caches.
type requests struct {
	mu     sync.Mutex
	counts map[string]int
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (r *requests) count(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		query := request.URL.Query()
		if !query.Has("watch") && !query.Has("limit") && !query.Has("resourceVersion") && len(strings.Split(request.URL.Path, "/")) > 4 {
			r.add(verb(request))
		}
		return next.RoundTrip(request)
	})
}

func (r *requests) add(verb string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[string]int{}
	}
	r.counts[verb]++
}

func verb(r *http.Request) string {
	if strings.Contains(r.Header.Get("Content-Type"), "apply-patch") {
		return "APPLY"
	}
	return r.Method
}

// take returns what was counted since it was last called.
func (r *requests) take() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := r.counts
	r.counts = nil
	return counts
}

// reconcileAgain beside the manager, so one of the two may meet a conflict and tries again.
func (s *environment) reconcileAgain() {
	s.t.Helper()
	for {
		_, err := s.reconciler.Reconcile(s.t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(s.cluster)})
		if err == nil {
			return
		}
		if !apierrors.IsConflict(err) {
			s.t.Fatal(err)
		}
	}
}

// TestRequestsOfOneCreation counts what the controller of clusters asks of both API servers.
func TestRequestsOfOneCreation(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.await("the add-ons are there", func() bool { return s.operation().Waiting == "pool np1" })
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	time.Sleep(500 * time.Millisecond) // the last events
	creation, hosted := s.requests.take(), s.hostedRequests.take()
	t.Logf("requests of one creation: management %v, hosted %v", creation, hosted)
	// The API server's Service is applied once it leads to ready Pods only.
	if creation["APPLY"] > 1 || hosted["APPLY"] > 0 {
		t.Errorf("%d and %d server-side applies", creation["APPLY"], hosted["APPLY"])
	}

	s.reconcileAgain()
	if again := s.requests.take(); len(again) > 0 {
		t.Errorf("a settled cluster costs %v", again)
	}
	if again := s.hostedRequests.take(); len(again) > 0 {
		t.Errorf("a settled cluster costs its API server %v", again)
	}
	s.reconciler.forgetAddons(s.cluster.UID)
	s.reconcileAgain()
	if again := slices.Collect(maps.Keys(s.hostedRequests.take())); !slices.Equal(again, []string{http.MethodGet}) {
		t.Errorf("comparing the add-ons takes %v", again)
	}
	s.healsAnAddon()
}

// healsAnAddon that the customer edited, when the add-ons are compared the next time.
func (s *environment) healsAnAddon() {
	s.t.Helper()
	dns := &appsv1.Deployment{}
	s.get(dns, "kube-system", "coredns")
	image := dns.Spec.Template.Spec.Containers[0].Image
	dns.Spec.Template.Spec.Containers[0].Image = "edited"
	if err := s.Update(s.t.Context(), dns, client.FieldOwner("kubectl-edit")); err != nil {
		s.t.Fatal(err)
	}
	s.reconciler.forgetAddons(s.cluster.UID)
	s.reconcileAgain()
	s.get(dns, "kube-system", "coredns")
	if got := dns.Spec.Template.Spec.Containers[0].Image; got != image {
		s.t.Errorf("the add-on runs %s, want %s", got, image)
	}
	if got := s.hostedRequests.take()["APPLY"]; got != 1 {
		s.t.Errorf("%d server-side applies", got)
	}
}
