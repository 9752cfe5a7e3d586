package store

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// revokedFor is how long a revocation is kept: longer than any token lives.
const revokedFor = 24 * time.Hour

func (s Store) revocations() string { return filepath.Join(s.root, "lotse", "revoked") }

// Revoke the tokens of a cluster's machines, by the UID of the cluster.
func (s Store) Revoke(cluster string) error {
	if !IsSubscription(cluster) { // a UID has the same form
		return errors.New("a cluster is named by its UID")
	}
	if err := os.MkdirAll(s.revocations(), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.revocations(), cluster), nil, 0o644)
}

// Revoked reports whether the tokens of a cluster were revoked. Names that no cluster can have are revoked too.
func (s Store) Revoked(cluster string) bool {
	if !IsSubscription(cluster) {
		return true
	}
	_, err := os.Stat(filepath.Join(s.revocations(), cluster))
	return !missing(err)
}

// ForgetRevoked removes revocations of tokens that have expired by now.
func (s Store) ForgetRevoked(now time.Time) error {
	entries, err := os.ReadDir(s.revocations())
	if missing(err) {
		return nil
	}
	for _, e := range entries {
		if info, failed := e.Info(); failed == nil && now.Sub(info.ModTime()) > revokedFor {
			err = errors.Join(err, os.Remove(filepath.Join(s.revocations(), e.Name())))
		}
	}
	return err
}
