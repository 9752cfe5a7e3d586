package install

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/management/pki"
)

// Names of Lotse's Secrets (docs/design/foundation.md). The authorities' keys lie apart from what the Pods mount.
const (
	secretAuthorities    = "authorities"
	secretFrontDoor      = "front-door-tls"
	secretSigning        = "token-signing"
	secretRegistry       = "registry-tls"
	secretRegistryClient = "registry-client"
)

var secretNames = []string{secretAuthorities, secretFrontDoor, secretSigning, secretRegistry, secretRegistryClient}

// contents is a Secret's data by Secret name.
type contents map[string]map[string][]byte

// keys makes what is missing in have and renews what is stale; what can stay, stays.
func keys(have contents, t Target, now time.Time) (contents, error) {
	want := contents{secretAuthorities: {}}
	for _, name := range []string{"front-door", "registry"} {
		if err := want.authority(have, name, now); err != nil {
			return nil, err
		}
	}
	frontDoor := append([]string{"127.0.0.1", "localhost", lotseHost}, t.FrontDoorHosts...)
	registry := []string{registryHost, registryName, "registry.lotse.internal", t.RegistryIP}
	for _, leaf := range []struct {
		secret, authority string
		request           pki.Request
	}{
		{secretFrontDoor, "front-door", pki.Request{CommonName: lotseHost, Hosts: frontDoor, Server: true}},
		{secretRegistry, "registry", pki.Request{CommonName: registryHost, Hosts: registry, Server: true}},
		{secretRegistryClient, "registry", pki.Request{CommonName: "lotse", Client: true}},
	} {
		if err := want.leaf(have, leaf.secret, leaf.authority, leaf.request, now); err != nil {
			return nil, err
		}
	}
	return want, want.signing(have)
}

func (c contents) authority(have contents, name string, now time.Time) error {
	old := have[secretAuthorities]
	pair := pki.Pair{Cert: old[name+".crt"], Key: old[name+".key"]}
	if len(pair.Cert) == 0 || len(pair.Key) == 0 {
		made, err := pki.NewAuthority("lotse "+name, now)
		if err != nil {
			return err
		}
		pair = made
	}
	c[secretAuthorities][name+".crt"], c[secretAuthorities][name+".key"] = pair.Cert, pair.Key
	return nil
}

func (c contents) leaf(have contents, secret, authority string, r pki.Request, now time.Time) error {
	ca := pki.Pair{Cert: c[secretAuthorities][authority+".crt"], Key: c[secretAuthorities][authority+".key"]}
	old := have[secret]
	pair := pki.Pair{Cert: old["tls.crt"], Key: old["tls.key"]}
	if ca.Stale(pair, r, now) != "" {
		made, err := ca.Issue(r, now)
		if err != nil {
			return err
		}
		pair = made
	}
	c[secret] = map[string][]byte{"tls.crt": pair.Cert, "tls.key": pair.Key, "ca.crt": ca.Cert}
	return nil
}

// signing keeps the key that signs tokens for ever: az caches tokens, and a new key would make them worthless.
func (c contents) signing(have contents) error {
	if key := have[secretSigning]["key.pem"]; len(key) > 0 {
		c[secretSigning] = map[string][]byte{"key.pem": key}
		return nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("token signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("token signing key: %w", err)
	}
	c[secretSigning] = map[string][]byte{"key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
	return nil
}

func (c contents) secret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: meta(name), Data: c[name]}
}

// fingerprint changes with the Secrets named; on a Pod template it starts the Pods again that read them only once.
func (c contents) fingerprint(names ...string) string {
	h := sha256.New()
	for _, n := range names {
		for _, key := range []string{"tls.crt", "ca.crt", "key.pem"} {
			_, _ = h.Write(c[n][key]) // never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
