package install

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/identity"
	"lotse.dev/images"
)

var (
	update = flag.Bool("update", false, "write the golden files")
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func catalogue() images.Catalogue {
	c := images.Catalogue{KubernetesVersion: "v1.37.2", NodeImageVersion: "LotseDebian-12-202611.23.0", Images: map[string]images.Image{}}
	for _, n := range []string{"etcd", "kubernetes", "node", "lotse", "registry"} {
		c.Images[n] = images.Image{Ref: images.Registry + "/lotse/" + n + ":1"}
	}
	return c
}

func TestRendering(t *testing.T) {
	own := Target{Own: true, Listen: "127.0.0.1:8443", PublicHost: "100.98.0.1", RegistryIP: "100.97.0.20", PublicURL: "https://127.0.0.1:8443", Images: references(catalogue(), "")}
	elsewhere := Target{PublicHost: "192.0.2.7", RegistryIP: "10.0.0.99", PublicURL: "https://192.0.2.7:30443", Images: references(catalogue(), "registry.example.com/mirror/")}
	for name, target := range map[string]Target{"own": own, "elsewhere": elsewhere} {
		t.Run(name, func(t *testing.T) {
			deployment, err := lotse(target, contents{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := release(catalogue(), target.Images)
			if err != nil {
				t.Fatal(err)
			}
			objects := append([]client.Object{namespace(target), registryService(target), lotseService(target), auditVolume(), deployment, r}, registry(target, contents{})...)
			golden(t, filepath.Join("testdata", name+".yaml"), append(append(objects, limits()...), roles()...))
		})
	}
}

func golden(t *testing.T, file string, objects []client.Object) {
	t.Helper()
	var got []byte
	for _, o := range objects {
		content, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		got = append(append(got, "---\n"...), content...)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s differs from what is rendered (run with -update and look at the difference): %v", file, err)
	}
}

func TestANewBuildOfLotseMakesNoNewRelease(t *testing.T) {
	before, err := release(catalogue(), references(catalogue(), ""))
	if err != nil {
		t.Fatal(err)
	}
	rebuilt := catalogue().With("lotse", images.Image{Ref: images.Registry + "/lotse/lotse:2"})
	after, err := release(rebuilt, references(rebuilt, ""))
	if err != nil {
		t.Fatal(err)
	}
	patched := catalogue().With("etcd", images.Image{Ref: images.Registry + "/lotse/etcd:2"})
	other, err := release(patched, references(patched, ""))
	if err != nil {
		t.Fatal(err)
	}
	if before.Name != after.Name || before.Name == other.Name {
		t.Errorf("releases %s, %s with another Lotse, %s with another etcd", before.Name, after.Name, other.Name)
	}
}

func TestKeysAreKeptUntilTheyAreStale(t *testing.T) {
	target := Target{RegistryIP: "100.97.0.20"}
	first := mustKeys(t, contents{}, target, now)
	again := mustKeys(t, first, target, now.Add(time.Hour))
	moved := mustKeys(t, first, Target{RegistryIP: "10.0.0.99"}, now)
	for _, secret := range secretNames {
		for key := range first[secret] {
			same := string(first[secret][key]) == string(again[secret][key])
			if !same {
				t.Errorf("%s/%s was made again", secret, key)
			}
			// Only the registry's own certificate depends on its address.
			kept := string(first[secret][key]) == string(moved[secret][key])
			if renewed := secret == secretRegistry && key != keyAuthority; kept == renewed {
				t.Errorf("%s/%s after the registry moved: kept is %v", secret, key, kept)
			}
		}
	}
}

func mustKeys(t *testing.T, have contents, target Target, at time.Time) contents {
	t.Helper()
	k, err := keys(have, tlsSecrets(target), at)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestComplete(t *testing.T) {
	ours := v1alpha1.Subscription{Spec: v1alpha1.SubscriptionSpec{TenantID: "tenant"}}
	ours.Name, ours.Labels = "sub", map[string]string{labelFirst: "true"}
	theirs := v1alpha1.Subscription{}
	theirs.Name = "other"
	full := Credential{AppID: "app", Secret: "secret", SubscriptionID: "s", TenantID: "t", Location: "local"}
	if got := full.complete([]v1alpha1.Subscription{ours}); got != full {
		t.Errorf("what the credential has must stay, got %+v", got)
	}
	found := Credential{}.complete([]v1alpha1.Subscription{theirs, ours})
	if found.SubscriptionID != "sub" || found.TenantID != "tenant" {
		t.Errorf("the first subscription must be found again, got %+v", found)
	}
	fresh := Credential{}.complete(nil)
	if fresh.AppID == "" || len(fresh.Secret) < 40 || fresh.SubscriptionID == fresh.TenantID {
		t.Errorf("a new credential needs everything of its own, got %+v", fresh)
	}
}

func TestTheDirectoryAcceptsTheCredential(t *testing.T) {
	c, now := Credential{AppID: "app", Secret: "s3cret"}, time.Now()
	entry, secret, err := c.hashed(now)
	if err != nil {
		t.Fatal(err)
	}
	stored := string(secret.Data[entry.ID])
	if strings.Contains(stored, c.Secret) || !identity.Verify(stored, c.Secret) {
		t.Error("the stored form must verify the secret and not contain it")
	}
	expires := entry
	expires.ExpiresAt = &entry.CreatedAt
	for sentence, tt := range map[string]struct {
		listed []v1alpha1.PrincipalSecret
		secret string
		want   bool
	}{
		"a listed secret whose hash matches is accepted": {[]v1alpha1.PrincipalSecret{entry}, "s3cret", true},
		"a hash that is not listed is not":               {nil, "s3cret", false},
		"another secret is not":                          {[]v1alpha1.PrincipalSecret{entry}, "other", false},
		"one that expires is not":                        {[]v1alpha1.PrincipalSecret{expires}, "s3cret", false},
		"a listed secret without a hash is not":          {[]v1alpha1.PrincipalSecret{{ID: "x"}}, "s3cret", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := (Credential{Secret: tt.secret}).accepted(tt.listed, secret.Data); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheCredentialIsPrivate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials", "admin.json")
	want := Credential{Endpoint: "https://127.0.0.1:8443", Secret: "x"}
	if err := want.write(file); err != nil {
		t.Fatal(err)
	}
	got, err := readCredential(file)
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestRolledOut(t *testing.T) {
	one := func(change func(*appsv1.Deployment)) appsv1.Deployment {
		d := appsv1.Deployment{Status: appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1}}
		d.Generation = 2
		change(&d)
		return d
	}
	for sentence, c := range map[string]struct {
		change func(*appsv1.Deployment)
		want   bool
	}{
		"a new Pod that is available is enough":                {func(*appsv1.Deployment) {}, true},
		"a change that the controller has not observed is not": {func(d *appsv1.Deployment) { d.Generation = 3 }, false},
		"an old Pod that is still there is not":                {func(d *appsv1.Deployment) { d.Status.Replicas = 2 }, false},
		"a new Pod that is not available yet is not":           {func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 0 }, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := rolledOut(one(c.change)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestListen(t *testing.T) {
	for sentence, c := range map[string]struct {
		listen, host string
		port         int32
		fails        bool
	}{
		"an address and a port":                  {"127.0.0.1:8443", "127.0.0.1", 8443, false},
		"no address means all addresses":         {":443", "", 443, false},
		"the unspecified address means all, too": {"0.0.0.0:443", "", 443, false},
		"a port alone is refused":                {"8443", "", 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			host, port, err := Target{Listen: c.listen}.listen()
			if host != c.host || port != c.port || (err != nil) != c.fails {
				t.Errorf("got %q %d %v", host, port, err)
			}
		})
	}
}
