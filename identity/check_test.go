package identity

import (
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	clocktest "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

// people are a principal with one secret, one with three and one without any.
func people(t *testing.T) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme)
	_ = v1alpha1.AddToScheme(scheme)
	hash, err := HashSecret("right")
	if err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for name, ids := range map[string][]string{"one": {"a"}, "three": {"a", "b", "c"}, "none": {}} {
		p := &v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.PrincipalSpec{Type: ServicePrincipal, SecretName: "principal-" + name, TenantID: "t"}}
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: p.Spec.SecretName}, Data: map[string][]byte{}}
		for _, id := range ids {
			p.Spec.Secrets = append(p.Spec.Secrets, v1alpha1.PrincipalSecret{ID: id})
			s.Data[id] = []byte(hash)
		}
		b.WithObjects(p, s)
	}
	return b.Build()
}

func TestALogInTakesTheSameTimeWhoeverIsAsked(t *testing.T) {
	c := people(t)
	d, err := NewDirectory(c, c, clocktest.NewFakeClock(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	hashes := 0
	d.verify = func(hash, secret string) bool {
		hashes++
		return Verify(hash, secret)
	}
	for _, name := range []string{"one", "three", "none", "unknown"} {
		found, err := d.FindApplication(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		hashes = 0
		if _, err := d.Check(t.Context(), found, "wrong"); !errors.Is(err, ErrUnknown) || hashes != 3 {
			t.Errorf("%s: %d hashes are computed, and 3 for the one with most secrets; %v", name, hashes, err)
		}
		hashes = 0
		if who, err := d.Check(t.Context(), found, "right"); (err == nil) != (name == "one" || name == "three") || hashes != 3 {
			t.Errorf("%s with the right secret: %+v after %d hashes, %v", name, who, hashes, err)
		}
	}
}

func TestARefreshTokenIsLookedUpWithoutTheCache(t *testing.T) {
	live, stale := people(t), people(t)
	d, err := NewDirectory(live, stale, clocktest.NewFakeClock(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	claims := Claims{ObjectID: "one", Secret: "a", TenantID: "t"}
	if who, err := d.Renewed(t.Context(), claims); err != nil || who.Principal != "one" {
		t.Fatalf("got %+v, %v", who, err)
	}
	if err := live.Delete(t.Context(), &v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: "one"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Renewed(t.Context(), claims); !errors.Is(err, ErrUnknown) {
		t.Errorf("a deleted user is renewed from the cache: %v", err)
	}
}
