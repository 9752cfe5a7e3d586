package bootstrap

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"testing"
	"time"

	"lotse.dev/pki"
)

func TestTheFirstCertificateIsThatOfTheMachinesNodeAlone(t *testing.T) {
	now, real := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Now()
	authority, err := pki.NewAuthority(pkix.Name{CommonName: "cluster-ca"}, pki.Year, real)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Issue(authority, "vm0", now, real)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(c.PEM, c.PEM)
	if err != nil {
		t.Fatalf("a kubelet could not read it: %v", err)
	}
	subject := pair.Leaf.Subject
	if subject.CommonName != "system:node:vm0" || !slices.Equal(subject.Organization, []string{"system:nodes"}) {
		t.Errorf("it is for %s", subject)
	}
	if !slices.Equal(pair.Leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) || len(pair.Leaf.DNSNames)+len(pair.Leaf.IPAddresses) > 0 {
		t.Error("it is more than a client's certificate")
	}
	if left := pair.Leaf.NotAfter.Sub(real); left > certificateLife || !c.Until.Equal(now.Add(certificateLife)) {
		t.Errorf("it is valid for %s, until %s by the service's clock", left, c.Until)
	}
}

func TestACertificateSufficesForAWhile(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	issued := Certificate{PEM: []byte("x"), Until: now.Add(certificateLife)}
	for sentence, c := range map[string]struct {
		certificate Certificate
		at          time.Duration
		want        bool
	}{
		"a machine with a new certificate needs no token":                       {issued, 0, true},
		"one that is no node after a while gets its token too":                  {issued, alone, false},
		"a machine without a certificate needs its token":                       {Certificate{}, 0, false},
		"when a certificate was issued that cannot be read, the token is given": {Certificate{PEM: []byte("x"), Until: time.Unix(0, 0)}, 0, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.certificate.Suffices(now.Add(c.at)); got != c.want {
				t.Errorf("suffices: %t", got)
			}
		})
	}
}
