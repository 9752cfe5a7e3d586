package pki

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAStoreKeepsWhatItHasAndKeysArePrivate(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "pki"), Now: born}
	leaf := Leaf{CommonName: "admin", Client: true}
	first, authority := stored(t, s, leaf)
	again, same := stored(t, s, leaf)
	if !bytes.Equal(first.Certificate, again.Certificate) || !bytes.Equal(authority.Certificate, same.Certificate) {
		t.Error("a certificate that could stay was issued again")
	}
	other, _ := stored(t, s, Leaf{CommonName: "someone", Client: true})
	if bytes.Equal(first.Certificate, other.Certificate) {
		t.Error("a certificate for another subject was not issued again")
	}
	for range 2 {
		if err := s.SigningKey("accounts"); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cluster", "admin", "accounts"} {
		info, err := os.Stat(s.KeyFile(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("key of %s: mode %v, error %v", name, info.Mode(), err)
		}
	}
	if files, err := os.ReadDir(s.Dir); err != nil || len(files) != 6 {
		t.Errorf("%d files, want two for each of three names: %v", len(files), err)
	}
}

func TestADamagedAuthorityIsNotReplaced(t *testing.T) {
	s := Store{Dir: t.TempDir(), Now: born}
	if _, err := s.Authority("cluster"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.CertFile("cluster"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authority("cluster"); err == nil || !strings.Contains(err.Error(), s.CertFile("cluster")) {
		t.Errorf("Authority = %v, want an error that names the file", err)
	}
}

// stored is the leaf "admin" of authority "cluster" in the store.
func stored(t *testing.T, s Store, leaf Leaf) (Pair, Authority) {
	t.Helper()
	authority, err := s.Authority("cluster")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := s.Leaf("admin", authority, leaf)
	if err != nil {
		t.Fatal(err)
	}
	return pair, authority
}
