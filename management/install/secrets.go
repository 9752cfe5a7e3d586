package install

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/images"
	"lotse.dev/pki"
)

// Names of Lotse's Secrets (docs/design/foundation.md). The authorities' keys are in one that no Pod mounts.
const (
	secretAuthorities    = "authorities"
	secretFrontDoor      = "front-door-tls"
	secretSigning        = "token-signing"
	secretRegistry       = "registry-tls"
	secretRegistryClient = "registry-client"
	secretPullTokens     = "pull-token-signing"
)

// Keys in these Secrets.
const (
	keyCertificate = corev1.TLSCertKey
	keyPrivate     = corev1.TLSPrivateKeyKey
	keyAuthority   = corev1.ServiceAccountRootCAKey
	keySigning     = "key.pem"
	keyPublic      = "public.pem"
)

var secretNames = []string{secretAuthorities, secretFrontDoor, secretSigning, secretRegistry, secretRegistryClient, secretPullTokens}

// contents is a Secret's data by Secret name.
type contents map[string]map[string][]byte

// tlsSecret is a Secret with a certificate, and what that is issued for.
type tlsSecret struct {
	name, authority string
	leaf            pki.Leaf
}

// tlsSecrets of an installation.
func tlsSecrets(t Target) []tlsSecret {
	return []tlsSecret{
		{secretFrontDoor, "front-door", pki.Leaf{CommonName: lotseHost}.WithHosts(t.hosts()...)},
		{secretRegistry, "registry", pki.Leaf{CommonName: registryHost}.WithHosts(registryHost, registryName, images.Registry, t.RegistryIP)},
		{secretRegistryClient, "registry", pki.Leaf{CommonName: "lotse", Client: true}},
	}
}

// keys returns have with what is missing made and what is stale renewed. What can stay, stays.
func keys(have contents, all []tlsSecret, now time.Time) (contents, error) {
	want := contents{secretAuthorities: {}}
	authorities := map[string]pki.Authority{}
	for _, name := range []string{"front-door", "registry"} {
		authority, err := want.authority(have, name, now)
		if err != nil {
			return nil, err
		}
		authorities[name] = authority
	}
	for _, s := range all {
		if err := want.leaf(have, s.name, authorities[s.authority], s.leaf, now); err != nil {
			return nil, err
		}
	}
	return want, errors.Join(want.signing(have), want.pullTokens(have))
}

func (c contents) authority(have contents, name string, now time.Time) (pki.Authority, error) {
	certificate, key := name+".crt", name+".key"
	old := have[secretAuthorities]
	var authority pki.Authority
	var err error
	if len(old[certificate]) == 0 || len(old[key]) == 0 {
		authority, err = pki.NewAuthority(pkix.Name{CommonName: "lotse " + name}, pki.AuthorityLife, now)
	} else {
		authority, err = pki.ParseAuthority(pki.Pair{Certificate: old[certificate], Key: old[key]})
	}
	if err != nil {
		return pki.Authority{}, fmt.Errorf("authority %s in secret %s: %w", name, secretAuthorities, err)
	}
	c[secretAuthorities][certificate], c[secretAuthorities][key] = authority.Certificate, authority.Key
	return authority, nil
}

func (c contents) leaf(have contents, secret string, authority pki.Authority, leaf pki.Leaf, now time.Time) error {
	pair := pki.Pair{Certificate: have[secret][keyCertificate], Key: have[secret][keyPrivate]}
	if authority.Stale(pair, leaf, now) != "" {
		made, err := authority.Issue(leaf, now)
		if err != nil {
			return err
		}
		pair = made
	}
	c[secret] = map[string][]byte{keyCertificate: pair.Certificate, keyPrivate: pair.Key, keyAuthority: authority.Certificate}
	return nil
}

// signing keeps the key that signs tokens for ever: az caches tokens, and a new key would invalidate them.
func (c contents) signing(have contents) error {
	if key := have[secretSigning][keySigning]; len(key) > 0 {
		c[secretSigning] = map[string][]byte{keySigning: key}
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
	c[secretSigning] = map[string][]byte{keySigning: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
	return nil
}

// pullTokens keeps the key of machines' tokens for the registry: a new key would end the tokens that machines have.
func (c contents) pullTokens(have contents) error {
	if old := have[secretPullTokens]; len(old[keySigning]) > 0 && len(old[keyPublic]) > 0 {
		c[secretPullTokens] = map[string][]byte{keySigning: old[keySigning], keyPublic: old[keyPublic]}
		return nil
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("pull token key: %w", err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("pull token key: %w", err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return fmt.Errorf("pull token key: %w", err)
	}
	c[secretPullTokens] = map[string][]byte{
		keySigning: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER}),
		keyPublic:  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER}),
	}
	return nil
}

func (c contents) secret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: meta(name), Data: c[name]}
}

// fingerprint changes with the named Secrets. In a Pod template it replaces Pods that read these Secrets only at their start.
func (c contents) fingerprint(names ...string) string {
	h := sha256.New()
	for _, n := range names {
		for _, key := range []string{keyCertificate, keyAuthority, keySigning, keyPublic} {
			_, _ = h.Write(c[n][key]) // never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
