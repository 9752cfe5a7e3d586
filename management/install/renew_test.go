package install

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apply"
	"lotse.dev/pki"
)

var errHeld = errors.New("an Up is running")

// free is a lock that nobody holds, held one that an Up does.
func free() (func(), error) { return func() {}, nil }
func held() (func(), error) { return nil, errHeld }

// TestRenewal of what an Up of nine months ago has left on a real API server.
func TestRenewal(t *testing.T) {
	operator, account := lotseAccount(t)
	now, target := time.Now(), Target{
		Own: true, Listen: "192.0.2.7:443", RegistryIP: "100.97.0.20", FrontDoorHosts: []string{"192.0.2.7", "lotse.example"},
		Images: map[string]string{"lotse": "lotse:1", "registry": "registry:1"},
	}
	if written, err := renew(t.Context(), operator, free, now); err != nil || len(written) > 0 {
		t.Fatalf("before Lotse is installed it writes %q: %v", written, err)
	}
	old := mustKeys(t, contents{}, target, now.Add(-pki.Year*3/4))
	deployment, err := lotse(target, old)
	if err != nil {
		t.Fatal(err)
	}
	objects := append(registry(target, old), deployment)
	for _, name := range secretNames {
		objects = append(objects, old.secret(name))
	}
	if err := apply.Objects(t.Context(), operator, objects...); err != nil {
		t.Fatal(err)
	}
	if _, err := renew(t.Context(), account, free, now); err == nil {
		t.Error("Lotse itself may write what others trust")
	}
	if written, err := renew(t.Context(), operator, held, now); !errors.Is(err, errHeld) || len(written) > 0 {
		t.Errorf("beside an Up it writes %q: %v", written, err)
	}

	written, err := renew(t.Context(), operator, free, now)
	if err != nil || !slices.Equal(written, []string{secretFrontDoor, secretRegistry, secretRegistryClient}) {
		t.Fatalf("it writes %q: %v", written, err)
	}
	have, err := present(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tlsSecrets(target) {
		authority, err := pki.ParseAuthority(pki.Pair{
			Certificate: have[secretAuthorities][s.authority+".crt"], Key: have[secretAuthorities][s.authority+".key"],
		})
		if err != nil {
			t.Fatal(err)
		}
		pair := pki.Pair{Certificate: have[s.name][keyCertificate], Key: have[s.name][keyPrivate]}
		if reason := authority.Stale(pair, s.leaf, now.Add(pki.Year/2)); reason != "" {
			t.Errorf("secret %s is not what Up would make: %s", s.name, reason)
		}
	}
	for _, name := range []string{secretAuthorities, secretSigning, secretPullTokens} {
		if !maps.EqualFunc(have[name], old[name], bytes.Equal) {
			t.Errorf("secret %s, which does not end, was changed", name)
		}
	}
	for name, secrets := range readBy {
		if got := fingerprintOf(t, operator, name); got != have.fingerprint(secrets...) || got == old.fingerprint(secrets...) {
			t.Errorf("Pods of Deployment %s keep the old certificates", name)
		}
	}
	if written, err := renew(t.Context(), operator, held, now); err != nil || len(written) > 0 {
		t.Errorf("again it writes %q: %v", written, err)
	}
	interrupted(t, operator, have, now)
}

// interrupted between the Secrets and what reads them: the next renewal finishes it.
func interrupted(t *testing.T, operator client.Client, have contents, now time.Time) {
	t.Helper()
	d := &appsv1.Deployment{}
	if err := operator.Get(t.Context(), client.ObjectKey{Namespace: systemNamespace, Name: registryName}, d); err != nil {
		t.Fatal(err)
	}
	if err := restamp(t.Context(), operator, d, "before"); err != nil {
		t.Fatal(err)
	}
	if _, err := renew(t.Context(), operator, free, now); err != nil {
		t.Fatal(err)
	}
	if fingerprintOf(t, operator, registryName) != have.fingerprint(readBy[registryName]...) {
		t.Error("the registry keeps the old certificate")
	}
}

func fingerprintOf(t *testing.T, c client.Client, deployment string) string {
	t.Helper()
	d := &appsv1.Deployment{}
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: systemNamespace, Name: deployment}, d); err != nil {
		t.Fatal(err)
	}
	return d.Spec.Template.Annotations[annotationKeys]
}
