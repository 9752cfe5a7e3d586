package oidcissuer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func publicPEM(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must[[]byte](t)(x509.MarshalPKIXPublicKey(key))})
}

func TestKeys(t *testing.T) {
	elliptic256 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	elliptic384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	elliptic224 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalPKCS8PrivateKey(elliptic256))})
	for sentence, c := range map[string]struct {
		content    []byte
		algorithms []string
		refused    string
	}{
		"Lotse's keys are of P-256":               {publicPEM(t, elliptic256.Public()), []string{"ES256"}, ""},
		"kubeadm's are RSA":                       {publicPEM(t, rsaKey.Public()), []string{"RS256"}, ""},
		"while keys are rotated there are two":    {slices.Concat(publicPEM(t, elliptic256.Public()), publicPEM(t, elliptic384.Public())), []string{"ES256", "ES384"}, ""},
		"a private key is never shown":            {private, nil, "public key"},
		"nor one that stands behind a public one": {slices.Concat(publicPEM(t, elliptic256.Public()), private), nil, "public key"},
		"no key is no answer":                     {nil, nil, "holds no public key"},
		"a curve that tokens do not use":          {publicPEM(t, elliptic224.Public()), nil, "no token is signed"},
		"a kind of key that tokens do not use":    {publicPEM(t, edwards), nil, "no token is signed"},
	} {
		t.Run(sentence, func(t *testing.T) {
			set, err := Keys(c.content)
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("got %v, want an error about %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			shown := must[[]byte](t)(json.Marshal(set))
			if bytes.Contains(shown, []byte(`"d":`)) {
				t.Errorf("the keys are private: %s", shown)
			}
			if got := Discover("https://lotse/oic/t/1/", set); !slices.Equal(got.Algorithms, c.algorithms) || got.KeysURI != "https://lotse/oic/t/1/openid/v1/jwks" {
				t.Errorf("the document is %+v", got)
			}
		})
	}
}

func TestURL(t *testing.T) {
	for sentence, c := range map[string]struct{ door, want string }{
		"below the front door":           {"https://lotse.example.org:8443", "https://lotse.example.org:8443/oic/t/1a/"},
		"a slash at its end is not kept": {"https://lotse.example.org/", "https://lotse.example.org/oic/t/1a/"},
	} {
		if got := URL(c.door, "T", "1A"); got != c.want {
			t.Errorf("%s: %s", sentence, got)
		}
	}
}
