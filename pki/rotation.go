package pki

import (
	"crypto/x509/pkix"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// A rotation replaces a cluster's authorities and its key of service account tokens, or that key alone, in two writes of the pki Secret.
//
//	BeginRotation  the new ones sign, the previous ones are still accepted. What the new authorities issue carries their own certificate
//	               signed by the previous ones, so those who have not heard of them accept it too: the control plane needs no
//	               intermediate state in which it only learns to trust.
//	EndRotation    the previous ones are gone.
//
// The endorsement of the cluster's authority is kept for its life: a program that read the authority when it started, as most in Pods do, goes on
// accepting the API server until it is started again. It lets nobody in: the API server accepts the new authority alone.
const (
	// previous is the prefix of what a rotation is about to remove.
	previous = "previous."
	// chainSuffix of what is sent with the certificates of an authority.
	chainSuffix = ".chain"
	// rotationsKey holds the number of the newest rotation that has begun.
	rotationsKey = "rotations"
	// keyRotationKey holds its number if it replaced the key of tokens alone, and no rotation has replaced the authorities since.
	keyRotationKey = "service-account.rotation"
	// endorsementLife is how long clients that have not heard of a new authority accept it.
	endorsementLife = Year
)

// Overlaps reports whether a pki Secret holds what a rotation is about to remove too: authorities, or the key of tokens alone.
func Overlaps(data map[string][]byte) bool { return len(data[previous+serviceAccountKey]) > 0 }

// AuthoritiesOverlap reports whether a pki Secret holds the authorities of before a rotation too.
func AuthoritiesOverlap(data map[string][]byte) bool {
	return len(data[previous+clusterAuthority+".crt"]) > 0
}

// Overlap reports whether authorities of before a rotation are accepted too.
func (r Roots) Overlap() bool { return len(r.Trusted.Cluster) > len(r.Cluster.Certificate) }

// Rotations is the number of the newest rotation that has begun, 0 if there was none.
func Rotations(data map[string][]byte) int64 {
	n, err := strconv.ParseInt(string(data[rotationsKey]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// BeginRotation returns the content of the pki Secret in which new authorities and a new key sign, and the previous ones are accepted. A rotation
// that has begun is not begun again.
func BeginRotation(data map[string][]byte, number int64, now time.Time) (map[string][]byte, error) {
	if Overlaps(data) || Rotations(data) >= number {
		return data, nil
	}
	begun := maps.Clone(data)
	begun[rotationsKey] = strconv.AppendInt(nil, number, 10)
	delete(begun, keyRotationKey)
	for _, name := range authorities {
		if err := replaceAuthority(begun, name, now); err != nil {
			return nil, err
		}
	}
	return begun, replaceTokenKey(begun)
}

// BeginKeyRotation is a BeginRotation that replaces the key of service account tokens alone. The authorities stay, and with them all certificates
// and kubeconfigs.
func BeginKeyRotation(data map[string][]byte, number int64) (map[string][]byte, error) {
	if Overlaps(data) || Rotations(data) >= number {
		return data, nil
	}
	begun := maps.Clone(data)
	begun[rotationsKey] = strconv.AppendInt(nil, number, 10)
	begun[keyRotationKey] = begun[rotationsKey]
	return begun, replaceTokenKey(begun)
}

func replaceTokenKey(data map[string][]byte) error {
	pair, err := NewSigningKey()
	if err != nil {
		return err
	}
	data[previous+serviceAccountKey], data[serviceAccountKey] = data[serviceAccountKey], pair.Key
	return nil
}

// NodeTrust is what nodes have to trust: the cluster's authorities, in PEM. A rotation of the key of tokens alone adds a remark to it. Kubelets
// start again when it changes, and get Pods new tokens.
func NodeTrust(data map[string][]byte) []byte {
	trust := ClusterTrust(data)
	if number := data[keyRotationKey]; len(number) > 0 {
		trust = fmt.Appendf(trust, "# The key of tokens is that of rotation %s.\n", number)
	}
	return trust
}

func replaceAuthority(data map[string][]byte, name string, now time.Time) error {
	before, err := rootAuthority(data, name)
	if err != nil {
		return err
	}
	after, err := NewAuthority(pkix.Name{CommonName: name, Organization: []string{"lotse"}}, rootLife, now)
	if err != nil {
		return fmt.Errorf("making authority %s: %w", name, err)
	}
	endorsement, err := before.Endorse(after, endorsementLife, now)
	if err != nil {
		return err
	}
	data[previous+name+".crt"], data[previous+name+".key"] = before.Certificate, before.Key
	data[name+".crt"], data[name+".key"], data[name+chainSuffix] = after.Certificate, after.Key, endorsement
	return nil
}

// EndRotation returns the content of the pki Secret without the authorities and the key of before the rotation.
func EndRotation(data map[string][]byte) map[string][]byte {
	ended := maps.Clone(data)
	for _, name := range authorities {
		delete(ended, previous+name+".crt")
		delete(ended, previous+name+".key")
		if name != clusterAuthority {
			delete(ended, name+chainSuffix)
		}
	}
	delete(ended, previous+serviceAccountKey)
	return ended
}

// trusted are the certificates of an authority and of the one before it.
func trusted(data map[string][]byte, name string) []byte {
	return slices.Concat(data[name+".crt"], data[previous+name+".crt"])
}
