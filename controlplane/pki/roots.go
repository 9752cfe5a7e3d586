package pki

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"time"
)

// SecretName of the Secret that holds a cluster's roots in its control-plane namespace.
const SecretName = "pki"

// Roots is everything that a cluster's certificates, tokens and stored secrets come from.
type Roots struct {
	// Cluster signs the API server's certificate and all clients of it, nodes included.
	Cluster Authority
	// Etcd is apart, so that no client of the API server can be one of etcd.
	Etcd Authority
	// FrontProxy signs the one client that may speak for others to aggregated API servers.
	FrontProxy Authority
	// ServiceAccount signs service account tokens: Key private, Certificate the public key.
	ServiceAccount Pair
	// EncryptionKey of Secrets at rest, 32 bytes in base64.
	EncryptionKey []byte
}

const (
	clusterAuthority    = "cluster-ca"
	etcdAuthority       = "etcd-ca"
	frontProxyAuthority = "front-proxy-ca"

	serviceAccountKey = "service-account.key"
	encryptionKey     = "encryption.key"
)

// Complete is the content of the pki Secret with what was missing made. Existing pieces stay as they are, so that calling it twice, or
// after a crash, changes nothing. The result must be stored before anything made from it is used.
func Complete(data map[string][]byte, now time.Time) (map[string][]byte, error) {
	complete := maps.Clone(data)
	if complete == nil {
		complete = map[string][]byte{}
	}
	for _, name := range []string{clusterAuthority, etcdAuthority, frontProxyAuthority} {
		if err := completeAuthority(complete, name, now); err != nil {
			return nil, err
		}
	}
	if len(complete[serviceAccountKey]) == 0 {
		key, err := newKey()
		if err != nil {
			return nil, err
		}
		if complete[serviceAccountKey], err = encodeKey(key); err != nil {
			return nil, err
		}
	}
	if len(complete[encryptionKey]) == 0 {
		key := make([]byte, 32) // secretbox takes no other length
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("generating the encryption key: %w", err)
		}
		complete[encryptionKey] = []byte(base64.StdEncoding.EncodeToString(key))
	}
	return complete, nil
}

func completeAuthority(data map[string][]byte, name string, now time.Time) error {
	certificate, key := len(data[name+".crt"]) > 0, len(data[name+".key"]) > 0
	if certificate && key {
		return nil
	}
	if certificate || key {
		return fmt.Errorf("half of authority %s is missing from secret %s; restore it from a backup: a new one would lock every client out",
			name, SecretName)
	}
	made, err := newAuthority(name, now)
	if err != nil {
		return fmt.Errorf("making authority %s: %w", name, err)
	}
	data[name+".crt"], data[name+".key"] = made.Certificate, made.Key
	return nil
}

// Parse reads the content of a complete pki Secret.
func Parse(data map[string][]byte) (Roots, error) {
	r := Roots{EncryptionKey: data[encryptionKey]}
	for name, authority := range map[string]*Authority{
		clusterAuthority: &r.Cluster, etcdAuthority: &r.Etcd, frontProxyAuthority: &r.FrontProxy,
	} {
		parsed, err := parseAuthority(Pair{Certificate: data[name+".crt"], Key: data[name+".key"]})
		if err != nil {
			return Roots{}, fmt.Errorf("authority %s in secret %s: %w", name, SecretName, err)
		}
		*authority = parsed
	}
	key, err := parseKey(data[serviceAccountKey])
	if err != nil {
		return Roots{}, fmt.Errorf("%s in secret %s: %w", serviceAccountKey, SecretName, err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return Roots{}, fmt.Errorf("%s in secret %s: %w", serviceAccountKey, SecretName, err)
	}
	r.ServiceAccount = Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: publicKeyBlock, Bytes: public}),
		Key:         data[serviceAccountKey],
	}
	return r, nil
}
