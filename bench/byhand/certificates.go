package byhand

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// issuer is the room's authority.
type issuer struct {
	dir    string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	serial int64
}

// writeCertificates makes an authority, what it signs, and the key of service accounts.
func writeCertificates(dir string) error {
	i := &issuer{dir: dir}
	if err := i.found(); err != nil {
		return err
	}
	server := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(nodeAddress), net.IPv4(10, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if err := i.issue("apiserver", server); err != nil {
		return err
	}
	for name, subject := range map[string]pkix.Name{
		"admin":   {CommonName: "admin", Organization: []string{"system:masters"}},
		"kubelet": {CommonName: "system:node:" + nodeName, Organization: []string{"system:nodes"}},
	} {
		if err := i.issue(name, &x509.Certificate{Subject: subject, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			return err
		}
	}
	return serviceAccountKey(dir)
}

func (i *issuer) found() (err error) {
	if i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "byhand"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	i.cert = template
	der, err := i.sign(template, &i.key.PublicKey)
	if err != nil {
		return err
	}
	if i.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	return writePEM(filepath.Join(i.dir, "ca.crt"), "CERTIFICATE", der)
}

func (i *issuer) issue(name string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := i.sign(template, &key.PublicKey)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(i.dir, name+".crt"), "CERTIFICATE", der); err != nil {
		return err
	}
	return writeKey(filepath.Join(i.dir, name+".key"), key)
}

func (i *issuer) sign(template *x509.Certificate, of *ecdsa.PublicKey) ([]byte, error) {
	i.serial++
	template.SerialNumber = big.NewInt(i.serial)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	return x509.CreateCertificate(rand.Reader, template, i.cert, of, i.key)
}

func serviceAccountKey(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "sa.pub"), "PUBLIC KEY", public); err != nil {
		return err
	}
	return writeKey(filepath.Join(dir, "sa.key"), key)
}

func writeKey(file string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(file, "EC PRIVATE KEY", der)
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
