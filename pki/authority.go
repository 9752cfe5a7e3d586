package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Year is the life of certificates, and the unit of the lives of authorities.
const Year = 365 * 24 * time.Hour

// backdate tolerates clocks that are a little behind.
const backdate = 5 * time.Minute

const (
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
	publicKeyBlock   = "PUBLIC KEY"
)

// Pair is a certificate, or a public key, and its private key, both in PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Authority signs certificates.
type Authority struct {
	Pair
	// Chain is sent along with what the authority issues: its own certificate as the authority before it signed it; empty if there was none.
	Chain       []byte
	certificate *x509.Certificate
	key         crypto.Signer
}

// NewAuthority makes a self-signed authority.
func NewAuthority(subject pkix.Name, life time.Duration, now time.Time) (Authority, error) {
	key, err := newKey()
	if err != nil {
		return Authority{}, err
	}
	serial, err := newSerial()
	if err != nil {
		return Authority{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               subject,
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(life),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	pair, err := sign(template, template, key, key)
	if err != nil {
		return Authority{}, err
	}
	return ParseAuthority(pair)
}

// ParseAuthority reads an authority that was stored as a Pair.
func ParseAuthority(p Pair) (Authority, error) {
	certificate, err := parseCertificate(p.Certificate)
	if err != nil {
		return Authority{}, err
	}
	key, err := parseKey(p.Key)
	if err != nil {
		return Authority{}, err
	}
	if !certificate.IsCA {
		return Authority{}, fmt.Errorf("certificate %q is not an authority's", certificate.Subject.CommonName)
	}
	return Authority{Pair: p, certificate: certificate, key: key}, nil
}

// Endorse makes a certificate of a successor that is signed by this authority. Whoever trusts this authority alone then trusts what the
// successor issues, if that comes with the certificate (RFC 4210 calls it new with old).
func (a Authority) Endorse(successor Authority, life time.Duration, now time.Time) ([]byte, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               successor.certificate.Subject,
		SubjectKeyId:          successor.certificate.SubjectKeyId,
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(life),
		KeyUsage:              successor.certificate.KeyUsage,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, successor.key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("signing authority %q by the one before it: %w", successor.certificate.Subject.CommonName, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der}), nil
}

// sign makes the certificate of template and key, signed by the parent's.
func sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey, parentKey crypto.Signer) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return Pair{}, fmt.Errorf("signing the certificate of %q: %w", template.Subject.CommonName, err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{Certificate: pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der}), Key: keyPEM}, nil
}

// NewSigningKey makes a key that signs tokens: Key is the private key, Certificate the public one.
func NewSigningKey() (Pair, error) {
	key, err := newKey()
	if err != nil {
		return Pair{}, err
	}
	private, err := encodeKey(key)
	if err != nil {
		return Pair{}, err
	}
	public, err := encodePublicKey(key)
	return Pair{Certificate: public, Key: private}, err
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating a key: %w", err)
	}
	return key, nil
}

func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("generating a serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil // zero is no serial number
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}), nil
}

func encodePublicKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("encoding a public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicKeyBlock, Bytes: der}), nil
}

func parseCertificate(content []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(content)
	if block == nil || block.Type != certificateBlock {
		return nil, errors.New("no certificate in PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("damaged certificate: %w", err)
	}
	return certificate, nil
}

func parseKey(content []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(content)
	if block == nil || block.Type != keyBlock {
		return nil, errors.New("no private key in PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("damaged private key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T cannot sign", key)
	}
	return signer, nil
}
