package pki

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Stale says why a certificate should be issued anew, or "" if it can stay: the pair must fit, come from the authority, say what the
// request says, and have a third of its life ahead.
func (authority Pair) Stale(have Pair, want Request, now time.Time) string {
	if len(have.Cert) == 0 || len(have.Key) == 0 {
		return "there is none"
	}
	pair, err := tls.X509KeyPair(have.Cert, have.Key)
	if err != nil {
		return "certificate and key do not fit"
	}
	if reason := authority.disowns(pair.Leaf, now); reason != "" {
		return reason
	}
	if left := pair.Leaf.NotAfter.Sub(now); left < leafLife/3 {
		return fmt.Sprintf("it ends in %d days", int(left.Hours()/24))
	}
	return differs(pair.Leaf, want.template(now))
}

func (authority Pair) disowns(leaf *x509.Certificate, now time.Time) string {
	ca, err := parse(authority.Cert)
	if err != nil {
		return "its authority cannot be read"
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return "its authority does not vouch for it"
	}
	return ""
}

func differs(have, want *x509.Certificate) string {
	addresses := func(c *x509.Certificate) (all []string) {
		for _, ip := range c.IPAddresses {
			all = append(all, ip.String())
		}
		return append(all, c.DNSNames...)
	}
	switch {
	case have.Subject.CommonName != want.Subject.CommonName, !slices.Equal(have.Subject.Organization, want.Subject.Organization):
		return "it names somebody else"
	case !slices.Equal(sorted(addresses(have)), sorted(addresses(want))):
		return "it is for other addresses"
	case !slices.Equal(have.ExtKeyUsage, want.ExtKeyUsage):
		return "it is for another use"
	}
	return ""
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}
