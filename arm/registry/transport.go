package registry

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Transport holds the client certificate in a directory with tls.crt, tls.key and ca.crt. The certificate is read anew for every
// connection, so that a renewed one is taken without a restart.
func Transport(directory string) (*http.Transport, error) {
	file := func(name string) string { return filepath.Join(directory, name) }
	ca, err := os.ReadFile(file("ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("registry client: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("registry client: no certificate in %s", file("ca.crt"))
	}
	certificate := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c, err := tls.LoadX509KeyPair(file("tls.crt"), file("tls.key"))
		return &c, err
	}
	if _, err := certificate(nil); err != nil {
		return nil, fmt.Errorf("registry client: %w", err)
	}
	return &http.Transport{
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, GetClientCertificate: certificate},
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
	}, nil
}
