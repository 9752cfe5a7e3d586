package pki

import (
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lotse.dev/file"
)

// AuthorityLife of authorities outside hosted clusters is as long as in kubeadm: a replaced authority must be given to all its clients.
const AuthorityLife = 10 * Year

// Store keeps pairs in a directory as {name}.crt and {name}.key. A key is written before its certificate, so there is never a certificate
// without its key; an interrupted write is repeated by the next run. One process at a time may use it.
type Store struct {
	Dir string
	Now time.Time
}

// CertFile is the path of a pair's certificate.
func (s Store) CertFile(name string) string { return filepath.Join(s.Dir, name+".crt") }

// KeyFile is the path of a pair's private key.
func (s Store) KeyFile(name string) string { return filepath.Join(s.Dir, name+".key") }

// Authority returns the authority of that name and makes it if there is none.
func (s Store) Authority(name string) (Authority, error) {
	have, err := s.load(name)
	if err != nil {
		return Authority{}, err
	}
	if len(have.Certificate) > 0 && len(have.Key) > 0 {
		authority, err := ParseAuthority(have)
		if err != nil {
			return Authority{}, fmt.Errorf("authority %s: %w", s.CertFile(name), err)
		}
		return authority, nil
	}
	made, err := NewAuthority(pkix.Name{CommonName: "lotse " + name}, AuthorityLife, s.Now)
	if err != nil {
		return Authority{}, err
	}
	return made, s.save(name, made.Pair)
}

// Leaf returns the certificate of that name; the authority issues it if there is none that can stay.
func (s Store) Leaf(name string, authority Authority, l Leaf) (Pair, error) {
	have, err := s.load(name)
	if err != nil {
		return Pair{}, err
	}
	if authority.Stale(have, l, s.Now) == "" {
		return have, nil
	}
	made, err := authority.Issue(l, s.Now)
	if err != nil {
		return Pair{}, err
	}
	return made, s.save(name, made)
}

// Stale returns why the certificate of that name must be issued again, or "" if it can stay.
func (s Store) Stale(name string, authority Authority, l Leaf) (string, error) {
	have, err := s.load(name)
	return authority.Stale(have, l, s.Now), err
}

// SigningKey makes a key that signs tokens, {name}.key, and its public key, {name}.pub, if they do not exist.
func (s Store) SigningKey(name string) error {
	public := filepath.Join(s.Dir, name+".pub")
	if _, err := os.Stat(public); err == nil {
		return nil
	}
	pair, err := NewSigningKey()
	if err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	if err := s.write(s.KeyFile(name), pair.Key, 0o600); err != nil {
		return err
	}
	return s.write(public, pair.Certificate, 0o644)
}

func (s Store) load(name string) (Pair, error) {
	certificate, err := optional(s.CertFile(name))
	if err != nil {
		return Pair{}, err
	}
	key, err := optional(s.KeyFile(name))
	return Pair{Certificate: certificate, Key: key}, err
}

func (s Store) save(name string, p Pair) error {
	if err := s.write(s.KeyFile(name), p.Key, 0o600); err != nil {
		return err
	}
	return s.write(s.CertFile(name), p.Certificate, 0o644)
}

func (s Store) write(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("directory for keys: %w", err)
	}
	return file.Replace(path, content, mode)
}

func optional(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}
