package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	clocktest "k8s.io/utils/clock/testing"
)

func newIssuer(t testing.TB, c *clocktest.FakeClock) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	issuer, err := NewIssuer(pem.EncodeToMemory(block), c)
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

var anna = Identity{Principal: "anna", Type: User, UserName: "anna@lotse.local", TenantID: "t", Secret: "s"}

const (
	self = "https://h/adfs"
	api  = "https://h/"
)

func TestTokensAreGoodForOnePurpose(t *testing.T) {
	clock := clocktest.NewFakeClock(time.Now())
	i := newIssuer(t, clock)
	access, _ := i.Access(anna, self, api)
	id, _ := i.ID(anna, self, api)
	refresh, _ := i.Refresh(anna, self)
	foreign, _ := newIssuer(t, clock).Access(anna, self, api)
	none, _ := jwt.NewWithClaims(jwt.SigningMethodNone, anna.claims(useAccess)).SignedString(jwt.UnsafeAllowNoneSignatureType)

	for sentence, c := range map[string]struct {
		token, audience string
		after           time.Duration
		want            bool
	}{
		"an access token is good for its audience":            {access, api, 0, true},
		"an access token is no good for another audience":     {access, "https://other/", 0, false},
		"an access token ends after an hour":                  {access, api, AccessLifetime + 2*time.Minute, false},
		"an access token from before the clock moved is good": {access, api, -30 * time.Second, true},
		"an ID token is no access token":                      {id, api, 0, false},
		"a refresh token is no access token":                  {refresh, self, 0, false},
		"another issuer's token is refused":                   {foreign, api, 0, false},
		"an unsigned token is refused":                        {none, api, 0, false},
		"what is no token is refused":                         {"x.y.z", api, 0, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			clock.SetTime(clock.Now().Add(c.after))
			defer func() { clock.SetTime(clock.Now().Add(-c.after)) }()
			claims, err := i.ReadAccess(c.token, c.audience)
			if (err == nil) != c.want {
				t.Fatalf("got %v", err)
			}
			if err == nil && claims.ObjectID != "anna" {
				t.Errorf("got %+v", claims)
			}
		})
	}
	if c, err := i.ReadRefresh(refresh, self); err != nil || c.Secret != "s" {
		t.Errorf("the refresh token was refused: %v", err)
	}
}

func TestTheAudienceIsAString(t *testing.T) {
	i := newIssuer(t, clocktest.NewFakeClock(time.Now()))
	token, _ := i.Access(anna, self, api)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	var claims struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
	}
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil || claims.Audience != api || claims.Expires == 0 {
		t.Errorf("got %s: %+v, %v", payload, claims, err)
	}
}

func FuzzReadAccess(f *testing.F) {
	i := newIssuer(f, clocktest.NewFakeClock(time.Unix(1_700_000_000, 0)))
	good, _ := i.Access(anna, self, api)
	other, _ := i.Access(anna, self, "https://other/")
	for _, seed := range []string{good, other, "", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := i.ReadAccess(token, api); err == nil && token != good {
			t.Errorf("forged: %q", token)
		}
	})
}

func TestATokenIsVerifiedOnceAndCheckedEachTime(t *testing.T) {
	c := clocktest.NewFakeClock(time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC))
	i := newIssuer(t, c)
	token, err := i.Access(Identity{Principal: "p"}, "https://x/adfs", "https://x/")
	if err != nil {
		t.Fatal(err)
	}
	good := func(want bool, token string, audiences ...string) {
		t.Helper()
		if who, err := i.ReadAccess(token, audiences...); (err == nil) != want || want && who.ObjectID != "p" {
			t.Errorf("%+v, %v; want %v", who, err, want)
		}
	}
	for range 3 {
		good(true, token, "https://x/")
	}
	if i.verified.Len() != 1 {
		t.Errorf("%d tokens are remembered", i.verified.Len())
	}
	good(false, token, "https://y/")
	good(true, token, "https://x/")
	good(false, token[:len(token)-4]+"AAAA", "https://x/")
	if _, err := i.ReadRefresh(token, "https://x/"); err == nil {
		t.Error("an access token that is remembered serves as a refresh token")
	}
	good(true, token, "https://x/")
	c.Step(AccessLifetime + 2*time.Minute)
	good(false, token, "https://x/")
	if i.verified.Len() != 0 {
		t.Error("a token that has expired is remembered")
	}
}
