package credential

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/utils/clock"
)

var epoch = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestCheck(t *testing.T) {
	leaf := func(name string) *x509.Certificate {
		return &x509.Certificate{
			Subject:   pkix.Name{CommonName: name},
			NotBefore: epoch, NotAfter: epoch.Add(time.Hour),
		}
	}
	for sentence, c := range map[string]struct {
		leaf *x509.Certificate
		at   time.Duration
		says string
	}{
		"the node's own certificate is usable while it is valid": {leaf("system:node:vm0"), time.Minute, ""},
		"a certificate of another node is not":                   {leaf("system:node:vm1"), time.Minute, "not \"system:node:vm0\""},
		"a certificate that has ended is not":                    {leaf("system:node:vm0"), 2 * time.Hour, "ended"},
		"a certificate of the future is not":                     {leaf("system:node:vm0"), -time.Hour, "begins"},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := check(c.leaf, "vm0", epoch.Add(c.at))
			if (err != nil) != (c.says != "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
				t.Error(err)
			}
		})
	}
}

// api is an API server that accepts some credentials.
type api struct {
	ready, token, certificate bool
	// loading: lists that are not served yet.
	loading string
}

func (a api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	byToken := a.token && r.Header.Get("Authorization") == "Bearer id.secret"
	byCertificate := a.certificate && len(r.TLS.PeerCertificates) > 0
	switch {
	case !a.ready:
		w.WriteHeader(http.StatusInternalServerError)
	case r.URL.Path == "/readyz":
	case byCertificate && r.URL.Path == "/api/v1/"+a.loading:
		w.WriteHeader(http.StatusTooManyRequests)
	case byCertificate && strings.HasPrefix(r.URL.Path, "/api/v1/"):
		w.WriteHeader(http.StatusOK)
	case byToken || byCertificate:
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// file of a certificate that a machine has.
type file int

const (
	none file = iota
	own
	previous
)

func TestChoose(t *testing.T) {
	for sentence, c := range map[string]struct {
		api    api
		onDisk file
		want   Kind
		says   string
	}{
		"a new machine joins with its token":                               {api{ready: true, token: true}, none, Token, ""},
		"a machine that has joined before needs no token":                  {api{ready: true, certificate: true}, own, Certificate, ""},
		"a machine whose certificate is refused falls back":                {api{ready: true, token: true}, own, Token, ""},
		"a machine whose credentials are refused waits and says for what":  {api{ready: true}, own, "", "to accept the machine's certificate or bootstrap token"},
		"a machine that gets another certificate asks by its previous one": {api{ready: true, token: true, certificate: true}, previous, Renewal, ""},
		"if that is refused it joins anew":                                 {api{ready: true, token: true}, previous, Token, ""},
		"a kubelet waits until it can list Services":                       {api{ready: true, certificate: true, loading: "services"}, own, "", "it does not list services yet: 429"},
		"a kubelet waits until it can list its Node":                       {api{ready: true, certificate: true, loading: "nodes"}, own, "", "it does not list nodes yet: 429"},
		"a machine waits for its API server and says what it answers":      {api{}, none, "", "waiting for the API server at https://127.0.0.1"},
	} {
		t.Run(sentence, func(t *testing.T) {
			server := httptest.NewUnstartedServer(c.api)
			server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
			server.StartTLS()
			defer server.Close()
			ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			chooser := Chooser{
				APIServer: server.URL, CA: func() string { return string(ca) }, NodeName: "vm0", Token: "id.secret", Clock: clock.RealClock{},
				CertificateFile: filepath.Join(t.TempDir(), "current.pem"), PreviousFile: filepath.Join(t.TempDir(), "previous.pem"),
			}
			switch c.onDisk {
			case own:
				writeCertificate(t, chooser.CertificateFile, "system:node:vm0")
			case previous:
				writeCertificate(t, chooser.PreviousFile, "system:node:vm0")
			}
			if chooser.Usable() != (c.onDisk == own) {
				t.Errorf("usable: %t", chooser.Usable())
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			message := ""
			got, err := chooser.Choose(ctx, func(format string, args ...any) {
				message = fmt.Sprintf(format, args...)
				if c.want == "" && strings.Contains(message, c.says) {
					cancel() // it waits as expected
				}
			})
			if got != c.want || (err == nil) != (c.want != "") || !strings.Contains(message, c.says) {
				t.Errorf("%q, %v, message %q", got, err, message)
			}
			if strings.Contains(message, "secret") {
				t.Errorf("the message holds the token: %q", message)
			}
		})
	}
}

// A machine that was stopped for longer than its certificate was valid joins anew by its token, also if the API server would still know the
// certificate.
func TestAMachineWhoseCertificateHasExpiredJoinsAnew(t *testing.T) {
	server := httptest.NewUnstartedServer(api{ready: true, token: true, certificate: true})
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	chooser := Chooser{
		APIServer: server.URL, CA: func() string {
			return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
		},
		NodeName: "vm0", Token: "id.secret", Clock: clock.RealClock{}, CertificateFile: filepath.Join(t.TempDir(), "current.pem"),
	}
	writeCertificateUntil(t, chooser.CertificateFile, "system:node:vm0", time.Now().Add(-time.Second))
	if chooser.Usable() {
		t.Error("an expired certificate is usable")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if got, err := chooser.Choose(ctx, func(string, ...any) {}); got != Token || err != nil {
		t.Errorf("it joins by its %q, %v", got, err)
	}
	if _, known := chooser.Registered(ctx); known {
		t.Error("it takes an answer to an expired certificate for one about its node")
	}
}

func TestRegistered(t *testing.T) {
	for sentence, c := range map[string]struct {
		code              int
		certificate       bool
		registered, known bool
	}{
		"a node that is there is registered":                   {http.StatusOK, true, true, true},
		"a node that was deleted is not":                       {http.StatusNotFound, true, false, true},
		"an API server that fails says nothing about the node": {http.StatusInternalServerError, true, false, false},
		"a machine that has not joined yet cannot know":        {http.StatusOK, false, false, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/v1/nodes/vm0" || len(r.TLS.PeerCertificates) == 0 {
					t.Errorf("asked for %s with %d certificates", r.URL, len(r.TLS.PeerCertificates))
				}
				w.WriteHeader(c.code)
			}))
			server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
			server.StartTLS()
			defer server.Close()
			ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			chooser := Chooser{
				APIServer: server.URL, CA: func() string { return string(ca) }, NodeName: "vm0", Clock: clock.RealClock{},
				CertificateFile: filepath.Join(t.TempDir(), "current.pem"),
			}
			if c.certificate {
				writeCertificate(t, chooser.CertificateFile, "system:node:vm0")
			}
			if registered, known := chooser.Registered(t.Context()); registered != c.registered || known != c.known {
				t.Errorf("registered %t, known %t", registered, known)
			}
		})
	}
}

func writeCertificate(t *testing.T, file, name string) {
	t.Helper()
	writeCertificateUntil(t, file, name, time.Now().Add(time.Hour))
}

func writeCertificateUntil(t *testing.T, file, name string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
