package credential

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	"lotse.dev/machine/boot"
)

// usable loads the certificate and key in file if they are for this node and valid at now; otherwise the error says why not.
func usable(file, node string, now time.Time) (tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("no client certificate: %w", err)
	}
	return c, check(c.Leaf, node, now)
}

func check(leaf *x509.Certificate, node string, now time.Time) error {
	switch want := boot.NodeUserPrefix + node; {
	case leaf.Subject.CommonName != want:
		return fmt.Errorf("the client certificate is for %q, not %q", leaf.Subject.CommonName, want)
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the client certificate ended on %s", leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the client certificate begins only on %s; is the clock right?", leaf.NotBefore.Format(time.RFC3339))
	}
	return nil
}

// signedByFirst reports whether the first of the authorities in PEM signed a certificate.
func signedByFirst(leaf *x509.Certificate, authorities string) bool {
	block, _ := pem.Decode([]byte(authorities))
	if block == nil {
		return false
	}
	first, err := x509.ParseCertificate(block.Bytes)
	return err == nil && leaf.CheckSignatureFrom(first) == nil
}
