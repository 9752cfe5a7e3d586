package pki

import (
	"bytes"
	"testing"
	"time"
)

func TestAuthoritiesThatHaveEndedAreReplaced(t *testing.T) {
	_, data := roots(t)
	end := AuthoritiesNotAfter(data)
	if !end.Equal(born.Add(rootLife)) {
		t.Errorf("they end on %s", end)
	}
	if Expired(data, end.Add(-time.Second)) || !Expired(data, end) || Expired(nil, end) {
		t.Error("the end is another one")
	}
	begun, err := BeginRotation(data, 1, born)
	if err != nil {
		t.Fatal(err)
	}
	for sentence, before := range map[string]map[string][]byte{"at rest": data, "during a rotation": begun} {
		t.Run(sentence, func(t *testing.T) {
			after, err := Complete(before, end.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Parse(after); err != nil {
				t.Fatal(err)
			}
			for _, name := range authorities {
				if bytes.Equal(after[name+".crt"], before[name+".crt"]) {
					t.Errorf("authority %s has ended and stays", name)
				}
				if len(after[name+chainSuffix]) > 0 {
					t.Errorf("what authority %s issues carries a certificate that has ended", name)
				}
			}
			if Overlaps(after) || Expired(after, end.Add(time.Hour)) || Rotations(after) != Rotations(before)+1 {
				t.Errorf("rotation %d, after %d", Rotations(after), Rotations(before))
			}
			for _, key := range []string{encryptionKey, serviceAccountKey} {
				if !bytes.Equal(after[key], before[key]) {
					t.Errorf("%s, which does not end, was replaced", key)
				}
			}
		})
	}
}

func TestNotAfter(t *testing.T) {
	r, _ := roots(t)
	pair, err := r.Cluster.Issue(Leaf{CommonName: "x", Client: true, Life: time.Hour}, born)
	if err != nil {
		t.Fatal(err)
	}
	if end, err := NotAfter(append(pair.Certificate, r.Cluster.Certificate...)); err != nil || !end.Equal(born.Add(time.Hour)) {
		t.Errorf("it ends on %s: %v", end, err)
	}
	if _, err := NotAfter([]byte("x")); err == nil {
		t.Error("what is no certificate has an end")
	}
}

func TestLeafOfIsWhatACertificateWasIssuedFor(t *testing.T) {
	r, _ := roots(t)
	for _, l := range []Leaf{
		{CommonName: "user", Organizations: []string{"a", "b"}, UID: "7", Client: true},
		Leaf{CommonName: "server", Life: time.Hour}.WithHosts("localhost", "127.0.0.1", "::1"),
		Leaf{CommonName: "both", Client: true}.WithHosts("etcd.svc"),
	} {
		pair, err := r.Cluster.Issue(l, born)
		if err != nil {
			t.Fatal(err)
		}
		of, err := LeafOf(pair.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		if reason := r.Cluster.Stale(pair, of, born); reason != "" || of.life() != l.life() {
			t.Errorf("of %+v it makes %+v: %s", l, of, reason)
		}
	}
	if _, err := LeafOf([]byte("x")); err == nil {
		t.Error("what is no certificate was issued for something")
	}
}
