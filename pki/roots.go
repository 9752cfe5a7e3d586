package pki

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"maps"
	"time"
)

// SecretName of the Secret that holds a cluster's roots in its control-plane namespace.
const SecretName = "pki"

// Roots are the authorities and keys from which a hosted cluster's certificates, tokens and encrypted Secrets are made. They are made once
// and never replaced: Complete makes only what is missing.
type Roots struct {
	// Cluster signs the API server's certificate and all clients of it, nodes included.
	Cluster Authority
	// Etcd is separate, so that no client of the API server can be a client of etcd.
	Etcd Authority
	// FrontProxy signs the one client that aggregated API servers trust to name the user of a request.
	FrontProxy Authority
	// ServiceAccount signs service account tokens: Key private, Certificate the public key.
	ServiceAccount Pair
	// EncryptionKey encrypts Secrets at rest: 32 bytes in base64.
	EncryptionKey []byte
}

// rootLife is as long as the life of AKS's authorities: longer than any cluster lives, because every client must get a replaced authority.
const rootLife = 30 * Year

const (
	clusterAuthority    = "cluster-ca"
	etcdAuthority       = "etcd-ca"
	frontProxyAuthority = "front-proxy-ca"

	serviceAccountKey = "service-account.key"
	encryptionKey     = "encryption.key"
)

// Complete returns the content of the pki Secret with everything that was missing. Existing pieces stay as they are: calling it twice, or
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
		pair, err := NewSigningKey()
		if err != nil {
			return nil, err
		}
		complete[serviceAccountKey] = pair.Key
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
	made, err := NewAuthority(pkix.Name{CommonName: name, Organization: []string{"lotse"}}, rootLife, now)
	if err != nil {
		return fmt.Errorf("making authority %s: %w", name, err)
	}
	data[name+".crt"], data[name+".key"] = made.Certificate, made.Key
	return nil
}

// ClusterAuthority reads from the content of a pki Secret the authority that signs the API server's certificate and all clients of it.
func ClusterAuthority(data map[string][]byte) (Authority, error) {
	return rootAuthority(data, clusterAuthority)
}

func rootAuthority(data map[string][]byte, name string) (Authority, error) {
	parsed, err := ParseAuthority(Pair{Certificate: data[name+".crt"], Key: data[name+".key"]})
	if err != nil {
		return Authority{}, fmt.Errorf("authority %s in secret %s: %w", name, SecretName, err)
	}
	return parsed, nil
}

// Parse reads the content of a complete pki Secret.
func Parse(data map[string][]byte) (Roots, error) {
	r := Roots{EncryptionKey: data[encryptionKey]}
	for name, authority := range map[string]*Authority{
		clusterAuthority: &r.Cluster, etcdAuthority: &r.Etcd, frontProxyAuthority: &r.FrontProxy,
	} {
		parsed, err := rootAuthority(data, name)
		if err != nil {
			return Roots{}, err
		}
		*authority = parsed
	}
	key, err := parseKey(data[serviceAccountKey])
	if err != nil {
		return Roots{}, fmt.Errorf("%s in secret %s: %w", serviceAccountKey, SecretName, err)
	}
	public, err := encodePublicKey(key)
	if err != nil {
		return Roots{}, fmt.Errorf("%s in secret %s: %w", serviceAccountKey, SecretName, err)
	}
	r.ServiceAccount = Pair{Certificate: public, Key: data[serviceAccountKey]}
	return r, nil
}
