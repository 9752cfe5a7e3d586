package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Store keeps pairs in a directory as {name}.crt and {name}.key. Keys are written before their certificates, so a certificate without
// its key never exists, and an interrupted write is simply made again.
type Store struct {
	Dir string
	Now time.Time
}

// CertFile and KeyFile are where a pair lies.
func (s Store) CertFile(name string) string { return filepath.Join(s.Dir, name+".crt") }

// KeyFile is where a pair's key lies.
func (s Store) KeyFile(name string) string { return filepath.Join(s.Dir, name+".key") }

// Authority is the authority of that name, made when there is none.
func (s Store) Authority(name string) (Pair, error) {
	have, err := s.load(name)
	if err != nil || len(have.Cert) > 0 && len(have.Key) > 0 {
		return have, err
	}
	made, err := NewAuthority("lotse "+name, s.Now)
	if err != nil {
		return Pair{}, err
	}
	return made, s.save(name, made)
}

// Leaf is the certificate of that name, issued by the authority when there is none that can stay.
func (s Store) Leaf(name string, authority Pair, r Request) (Pair, error) {
	have, err := s.load(name)
	if err != nil {
		return Pair{}, err
	}
	if authority.Stale(have, r, s.Now) == "" {
		return have, nil
	}
	made, err := authority.Issue(r, s.Now)
	if err != nil {
		return Pair{}, err
	}
	return made, s.save(name, made)
}

// SigningKey makes sure of a key pair for signing tokens: {name}.key and the public {name}.pub.
func (s Store) SigningKey(name string) error {
	public := filepath.Join(s.Dir, name+".pub")
	if _, err := os.Stat(public); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	// kube-apiserver reads EC keys in this form only.
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	if err := s.write(s.KeyFile(name), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return err
	}
	return s.write(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub}), 0o644)
}

func (s Store) load(name string) (Pair, error) {
	cert, err := optional(s.CertFile(name))
	if err != nil {
		return Pair{}, err
	}
	key, err := optional(s.KeyFile(name))
	return Pair{Cert: cert, Key: key}, err
}

func (s Store) save(name string, p Pair) error {
	if err := s.write(s.KeyFile(name), p.Key, 0o600); err != nil {
		return err
	}
	return s.write(s.CertFile(name), p.Cert, 0o644)
}

func (s Store) write(file string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("directory for keys: %w", err)
	}
	temporary := file + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(temporary, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

func optional(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}
