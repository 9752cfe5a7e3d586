package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// Leaf is the purpose of a certificate. The same Leaf always means the same certificate, except for its key and its dates.
type Leaf struct {
	CommonName    string
	Organizations []string
	// UID of the user, which Kubernetes reads from the certificate (KEP-4193); empty for none.
	UID string
	// DNSNames and Addresses of a server. A Leaf with any of them is a server's certificate.
	DNSNames  []string
	Addresses []netip.Addr
	// Client adds the usage of a client.
	Client bool
	// Life of the certificate; 0 means a Year. It is renewed when two thirds of it have passed.
	Life time.Duration
}

// WithHosts returns the leaf as that of a server with these DNS names and IP addresses, each once.
func (l Leaf) WithHosts(hosts ...string) Leaf {
	l.DNSNames, l.Addresses = slices.Clone(l.DNSNames), slices.Clone(l.Addresses)
	for _, host := range hosts {
		if address, err := netip.ParseAddr(host); err != nil {
			l.DNSNames = withOnce(l.DNSNames, host)
		} else {
			l.Addresses = withOnce(l.Addresses, address)
		}
	}
	return l
}

func withOnce[T comparable](all []T, one T) []T {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// Issue makes a new key and its certificate, followed by the authority's Chain.
func (a Authority) Issue(l Leaf, now time.Time) (Pair, error) {
	key, err := newKey()
	if err != nil {
		return Pair{}, err
	}
	serial, err := newSerial()
	if err != nil {
		return Pair{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               l.subject(),
		DNSNames:              l.DNSNames,
		IPAddresses:           l.addresses(),
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(l.life()),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           l.usages(),
		BasicConstraintsValid: true,
	}
	pair, err := sign(template, a.certificate, key, a.key)
	pair.Certificate = append(pair.Certificate, a.Chain...)
	return pair, err
}

// LeafOf is what a certificate in PEM was issued for, so that it can be issued again by those who do not know it otherwise.
func LeafOf(certificate []byte) (Leaf, error) {
	c, err := parseCertificate(certificate)
	if err != nil {
		return Leaf{}, err
	}
	l := Leaf{
		CommonName: c.Subject.CommonName, Organizations: c.Subject.Organization, UID: uidOf(c), DNSNames: c.DNSNames,
		Client: slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth), Life: c.NotAfter.Sub(c.NotBefore) - backdate,
	}
	for _, ip := range c.IPAddresses {
		if address, ok := netip.AddrFromSlice(ip); ok {
			l.Addresses = append(l.Addresses, address.Unmap())
		}
	}
	return l, nil
}

// Stale returns why the certificate must be issued again, or "" if it can stay.
func (a Authority) Stale(p Pair, l Leaf, now time.Time) string {
	certificate, err := parseCertificate(p.Certificate)
	if err != nil {
		return err.Error()
	}
	key, err := parseKey(p.Key)
	if err != nil {
		return err.Error()
	}
	life := certificate.NotAfter.Sub(certificate.NotBefore)
	switch {
	case !isKeyOf(key, certificate):
		return "certificate and key do not fit"
	case certificate.CheckSignatureFrom(a.certificate) != nil:
		return "signed by another authority"
	case certificate.Subject.CommonName != l.CommonName || !sameSet(certificate.Subject.Organization, l.Organizations) || uidOf(certificate) != l.UID:
		return "issued to another subject"
	case !sameSet(certificate.DNSNames, l.DNSNames) || !sameAddresses(certificate.IPAddresses, l.addresses()):
		return "names or addresses changed"
	case !slices.Equal(certificate.ExtKeyUsage, l.usages()):
		return "usages changed"
	case !now.Before(certificate.NotBefore.Add(life / 3 * 2)):
		return fmt.Sprintf("two thirds of its life passed, it ends on %s", certificate.NotAfter.Format(time.DateOnly))
	}
	return ""
}

// attributeUID is the attribute of a subject in which Kubernetes looks for a user's UID.
var attributeUID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57683, 2}

func (l Leaf) subject() pkix.Name {
	name := pkix.Name{CommonName: l.CommonName, Organization: l.Organizations}
	if l.UID != "" {
		name.ExtraNames = []pkix.AttributeTypeAndValue{{Type: attributeUID, Value: l.UID}}
	}
	return name
}

func uidOf(c *x509.Certificate) string {
	for _, attribute := range c.Subject.Names {
		if uid, ok := attribute.Value.(string); ok && attribute.Type.Equal(attributeUID) {
			return uid
		}
	}
	return ""
}

func isKeyOf(key crypto.Signer, certificate *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(certificate.PublicKey)
}

func (l Leaf) life() time.Duration {
	if l.Life > 0 {
		return l.Life
	}
	return Year
}

func (l Leaf) usages() []x509.ExtKeyUsage {
	var all []x509.ExtKeyUsage
	if len(l.DNSNames) > 0 || len(l.Addresses) > 0 {
		all = append(all, x509.ExtKeyUsageServerAuth)
	}
	if l.Client {
		all = append(all, x509.ExtKeyUsageClientAuth)
	}
	return all
}

func (l Leaf) addresses() []net.IP {
	var all []net.IP
	for _, a := range l.Addresses {
		all = append(all, net.IP(a.AsSlice()))
	}
	return all
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func sameAddresses(a, b []net.IP) bool {
	order := func(x, y net.IP) int { return bytes.Compare(x.To16(), y.To16()) }
	return slices.EqualFunc(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order), net.IP.Equal)
}
