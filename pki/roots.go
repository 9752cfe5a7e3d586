package pki

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
)

// Roots are the authorities and keys from which a hosted cluster's certificates, tokens and encrypted Secrets are made. Complete makes only what
// is missing, and nothing that would be lost with it. A rotation replaces them (rotation.go), but for the encryption key, and their end does (expiry.go).
type Roots struct {
	// Cluster signs the API server's certificate and all clients of it, nodes included.
	Cluster Authority
	// Etcd is separate, so that no client of the API server can be a client of etcd.
	Etcd Authority
	// EtcdServer signs the certificates of etcd itself. It is Etcd, or during a rotation the authority before it: etcd has to restart to trust
	// another one, and does so once, at the end.
	EtcdServer Authority
	// FrontProxy signs the one client that aggregated API servers trust to name the user of a request.
	FrontProxy Authority
	// ServiceAccount signs service account tokens: Key private, Certificate the public key.
	ServiceAccount Pair
	// EncryptionKey encrypts Secrets at rest: keyLength bytes in base64.
	EncryptionKey []byte
	// Trusted is what clients and servers accept.
	Trusted Trusted
}

// Trusted are the certificates of the authorities, and the public keys of tokens, that are accepted, in PEM. During a rotation each holds two:
// first the one that signs, then the one before it.
type Trusted struct {
	Cluster, Etcd, FrontProxy, ServiceAccount []byte
	// Nodes is NodeTrust.
	Nodes []byte
}

// rootLife is as long as the life of AKS's authorities: only a rotation that is asked for replaces them.
const rootLife = 30 * Year

// authorities of a cluster.
var authorities = []string{clusterAuthority, etcdAuthority, frontProxyAuthority}

const (
	clusterAuthority    = "cluster-ca"
	etcdAuthority       = "etcd-ca"
	frontProxyAuthority = "front-proxy-ca"

	// keyLength of the encryption key, in bytes; secretbox takes no other.
	keyLength = 32

	serviceAccountKey = "service-account.key"
	encryptionKey     = "encryption.key"
)

// Complete returns the content of the pki Secret with everything that was missing, and with new authorities if one has ended. Other pieces stay
// as they are: calling it twice, or after a crash, changes nothing. The result must be stored before anything made from it is used.
func Complete(data map[string][]byte, now time.Time) (map[string][]byte, error) {
	complete := maps.Clone(withoutExpired(data, now))
	if len(complete) == 0 {
		key, err := newEncryptionKey()
		if err != nil {
			return nil, err
		}
		complete = map[string][]byte{encryptionKey: key}
	}
	if err := checkEncryptionKey(complete[encryptionKey]); err != nil {
		return nil, err
	}
	for _, name := range authorities {
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
	return complete, nil
}

func newEncryptionKey() ([]byte, error) {
	key := make([]byte, keyLength)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("generating the encryption key: %w", err)
	}
	return base64.StdEncoding.AppendEncode(nil, key), nil
}

// checkEncryptionKey refuses a key that is lost or damaged. It is written together with all else in the Secret, so it is missing only if it was lost.
func checkEncryptionKey(text []byte) error {
	key, err := base64.StdEncoding.DecodeString(string(text))
	if err == nil && len(key) == keyLength && len(text) == base64.StdEncoding.EncodedLen(keyLength) {
		return nil
	}
	wrong := fmt.Sprintf("is not %d bytes in base64", keyLength)
	if len(text) == 0 {
		wrong = "is missing"
	}
	return fmt.Errorf("%s in secret %s %s; restore it from a backup: a new one cannot read the Secrets that the cluster has stored",
		encryptionKey, v1alpha1.SecretPKI, wrong)
}

func completeAuthority(data map[string][]byte, name string, now time.Time) error {
	certificate, key := len(data[name+".crt"]) > 0, len(data[name+".key"]) > 0
	if certificate && key {
		return nil
	}
	if certificate || key {
		return fmt.Errorf("half of authority %s is missing from secret %s; restore it from a backup: a new one would lock every client out",
			name, v1alpha1.SecretPKI)
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
		return Authority{}, fmt.Errorf("authority %s in secret %s: %w", name, v1alpha1.SecretPKI, err)
	}
	parsed.Chain = data[name+chainSuffix]
	return parsed, nil
}

// ClusterTrust is what a client of the API server has to trust: the certificates of the authorities that sign its certificate, in PEM.
func ClusterTrust(data map[string][]byte) []byte { return trusted(data, clusterAuthority) }

// Parse reads the content of a complete pki Secret.
func Parse(data map[string][]byte) (Roots, error) {
	r := Roots{EncryptionKey: data[encryptionKey]}
	if err := checkEncryptionKey(r.EncryptionKey); err != nil {
		return Roots{}, err
	}
	for name, authority := range map[string]*Authority{
		clusterAuthority: &r.Cluster, etcdAuthority: &r.Etcd, frontProxyAuthority: &r.FrontProxy,
	} {
		parsed, err := rootAuthority(data, name)
		if err != nil {
			return Roots{}, err
		}
		*authority = parsed
	}
	public, err := publicKey(data, serviceAccountKey)
	if err != nil {
		return Roots{}, err
	}
	r.ServiceAccount = Pair{Certificate: public, Key: data[serviceAccountKey]}
	return r, r.trust(data)
}

// trust fills in what is accepted besides the authorities and the key that sign.
func (r *Roots) trust(data map[string][]byte) (err error) {
	r.EtcdServer = r.Etcd
	r.Trusted = Trusted{
		Cluster: trusted(data, clusterAuthority), Etcd: trusted(data, etcdAuthority), FrontProxy: trusted(data, frontProxyAuthority),
		ServiceAccount: r.ServiceAccount.Certificate, Nodes: NodeTrust(data),
	}
	if AuthoritiesOverlap(data) {
		if r.EtcdServer, err = rootAuthority(data, previous+etcdAuthority); err != nil {
			return err
		}
	}
	if !Overlaps(data) {
		return nil
	}
	before, err := publicKey(data, previous+serviceAccountKey)
	r.Trusted.ServiceAccount = slices.Concat(r.ServiceAccount.Certificate, before)
	return err
}

// publicKey of a private key that a pki Secret holds.
func publicKey(data map[string][]byte, name string) ([]byte, error) {
	key, err := parseKey(data[name])
	if err != nil {
		return nil, fmt.Errorf("%s in secret %s: %w", name, v1alpha1.SecretPKI, err)
	}
	public, err := encodePublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("%s in secret %s: %w", name, v1alpha1.SecretPKI, err)
	}
	return public, nil
}
