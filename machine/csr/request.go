package csr

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"

	"lotse.dev/machine/boot"
)

// Request is what a certificate request says.
type Request struct {
	Signer string
	// User who made the request, as the API server authenticated it.
	User          string
	CommonName    string
	Organizations []string
	DNSNames, IPs []string
	// OtherNames counts alternative names that are neither hosts nor addresses.
	OtherNames int
	Usages     []certificatesv1.KeyUsage
	// Age since it was made.
	Age time.Duration
	// Decided: approved or denied already, or failed.
	Decided bool
	// Malformed says why the request could not be read.
	Malformed string
}

// Hostname in the common name.
func (r Request) Hostname() string { return strings.TrimPrefix(r.CommonName, boot.NodeUserPrefix) }

// Read a request. One that cannot be parsed is Malformed, and Decide denies it.
func Read(o *certificatesv1.CertificateSigningRequest, now time.Time) Request {
	r := Request{
		Age:    now.Sub(o.CreationTimestamp.Time),
		Signer: o.Spec.SignerName, User: o.Spec.Username, Usages: o.Spec.Usages,
		Decided: len(o.Status.Conditions) > 0 || len(o.Status.Certificate) > 0,
	}
	block, _ := pem.Decode(o.Spec.Request)
	if block == nil {
		r.Malformed = "the request is not PEM"
		return r
	}
	parsed, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		r.Malformed = "the request cannot be parsed: " + err.Error()
		return r
	}
	r.CommonName, r.Organizations = parsed.Subject.CommonName, parsed.Subject.Organization
	r.DNSNames = parsed.DNSNames
	for _, ip := range parsed.IPAddresses {
		r.IPs = append(r.IPs, ip.String())
	}
	r.OtherNames = len(parsed.EmailAddresses) + len(parsed.URIs)
	return r
}
