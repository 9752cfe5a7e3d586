package middleware

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"testing"
	"time"

	"lotse.dev/arm/fault"
	"lotse.dev/identity"
)

func TestRequestsWithoutAValidTokenAreBounded(t *testing.T) {
	d := newDoor(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := identity.NewIssuer(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), d.clock)
	if err != nil {
		t.Fatal(err)
	}
	issued := func(who identity.Identity) string {
		token, err := issuer.Access(who, "https://h/adfs", "https://h/")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	b := NewBearers(issuer, d.ins.directory, d.clock)
	call := func(from, token string) string {
		r := httptest.NewRequest("GET", "https://h/", nil)
		r.RemoteAddr = from + ":1"
		r.Header.Set("Authorization", "Bearer "+token)
		_, err := b.Caller(r, "https://h/")
		if err == nil {
			return "in"
		}
		return string(fault.Of(err).Kind)
	}
	good, ended := issued(identity.Identity{Principal: robot, Secret: "k"}), issued(identity.Identity{Principal: robot, Secret: "gone"})
	const wrong, slow = string(fault.InvalidToken), string(fault.Throttled)
	if n := until(wrong, 1000, func(int) string { return call("1.1.1.1", ended) }); n != refusedHolder.Burst {
		t.Errorf("a token that has ended was looked up %d times, want %d", n, refusedHolder.Burst)
	}
	if got := call("1.1.1.2", good); got != "in" {
		t.Errorf("the principal from elsewhere: %s", got)
	}
	if n := until(wrong, 1000, func(int) string { return call("1.1.1.3", "x.y.z") }); n != refusedFrom.Burst {
		t.Errorf("%d answers 401 for one address, want %d", n, refusedFrom.Burst)
	}
	if got := call("1.1.1.3", "x.y.z"); got != slow {
		t.Errorf("the next one: %s", got)
	}
	if got := call("1.1.1.3", good); got != "in" {
		t.Errorf("another principal behind the same address: %s", got)
	}
	d.clock.Step(time.Minute)
	if got := call("1.1.1.3", "x.y.z"); got != wrong {
		t.Errorf("a minute later: %s", got)
	}
}
