package pulltoken

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var now = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

func encoded(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestATokenHasTheClaimsThatTheRegistryChecks(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMinter(encoded(t, private))
	if err != nil {
		t.Fatal(err)
	}
	token, err := m.Mint(Machine{Name: "nodes/vm0", Subscription: "s", ClusterUID: "u"}, now)
	if err != nil {
		t.Fatal(err)
	}
	got := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(token.Text, got, func(*jwt.Token) (any, error) { return public, nil },
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(got)
	want := `{"aud":["registry"],"cluster":"u","exp":1795705200,"iat":1795683600,"iss":"lotse","sub":"nodes/vm0","subscription":"s"}`
	if string(text) != want || !token.Until.Equal(now.Add(Lifetime)) {
		t.Errorf("%s until %s\nwant %s", text, token.Until, want)
	}
}

func TestDue(t *testing.T) {
	for sentence, c := range map[string]struct {
		token Token
		want  bool
	}{
		"a machine without a token needs one":      {Token{}, true},
		"a new token is kept":                      {Token{Until: now.Add(Lifetime)}, false},
		"a token is replaced long before it ends":  {Token{Until: now.Add(Renew - time.Second)}, true},
		"a token that has expired is replaced too": {Token{Until: now.Add(-time.Hour)}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.token.Due(now); got != c.want {
				t.Error(got)
			}
		})
	}
}

func TestAKeyOfAnotherKindIsRefused(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for sentence, text := range map[string][]byte{
		"no PEM": []byte("x"), "another kind of key": encoded(t, key), "damaged": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}),
	} {
		if _, err := NewMinter(text); err == nil {
			t.Errorf("%s is accepted", sentence)
		}
	}
}
