package pki

import (
	"bytes"
	"crypto/x509"
	"maps"
	"net/netip"
	"testing"
	"time"
)

// accepted reports whether someone who trusts authorities accepts a server's certificate with what comes with it.
func accepted(t *testing.T, p Pair, trusted []byte) bool {
	t.Helper()
	leaf, err := parseCertificate(p.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots, sent := x509.NewCertPool(), x509.NewCertPool()
	if !roots.AppendCertsFromPEM(trusted) || !sent.AppendCertsFromPEM(p.Certificate) {
		t.Fatal("no certificates in PEM")
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: sent, CurrentTime: born.Add(time.Hour), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

func TestRotation(t *testing.T) {
	before, data := roots(t)
	begunData, err := BeginRotation(data, 1, born)
	if err != nil {
		t.Fatal(err)
	}
	begun, err := Parse(begunData)
	if err != nil {
		t.Fatal(err)
	}
	endedData := EndRotation(begunData)
	ended, err := Parse(endedData)
	if err != nil {
		t.Fatal(err)
	}
	l := Leaf{CommonName: "x", Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Client: true}
	issue := func(a Authority) Pair {
		p, err := a.Issue(l, born)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for sentence, c := range map[string]struct {
		certificate Pair
		trusted     []byte
		want        bool
	}{
		"who has not heard of the new authority accepts what it issues":           {issue(begun.Cluster), before.Trusted.Cluster, true},
		"and also at the front proxy":                                             {issue(begun.FrontProxy), before.Trusted.FrontProxy, true},
		"etcd accepts the new client certificates without a restart":              {issue(begun.Etcd), begun.EtcdServer.Certificate, true},
		"etcd stays what it was until the end":                                    {issue(begun.EtcdServer), begun.Trusted.Etcd, true},
		"while both are trusted old certificates are accepted":                    {issue(before.Cluster), begun.Trusted.Cluster, true},
		"afterwards they are not":                                                 {issue(before.Cluster), ended.Trusted.Cluster, false},
		"nor those of the front proxy":                                            {issue(before.FrontProxy), ended.Trusted.FrontProxy, false},
		"nor those of etcd":                                                       {issue(before.Etcd), ended.Trusted.Etcd, false},
		"what was issued during the rotation is accepted afterwards":              {issue(begun.Cluster), ended.Trusted.Cluster, true},
		"a program that read the authority long ago still accepts the API server": {issue(ended.Cluster), before.Trusted.Cluster, true},
		"but nobody accepts etcd by its old authority":                            {issue(ended.Etcd), before.Trusted.Etcd, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := accepted(t, c.certificate, c.trusted); got != c.want {
				t.Errorf("accepted: %v", got)
			}
		})
	}
	if !begun.Overlap() || before.Overlap() || ended.Overlap() {
		t.Error("only a rotation that has begun and not ended overlaps")
	}
	if !bytes.Contains(begun.Trusted.ServiceAccount, before.ServiceAccount.Certificate) || bytes.Equal(begun.ServiceAccount.Key, before.ServiceAccount.Key) {
		t.Error("tokens are to be signed with a new key and verified with both")
	}
	if bytes.Contains(ended.Trusted.ServiceAccount, before.ServiceAccount.Certificate) {
		t.Error("old tokens are accepted afterwards")
	}
	if !bytes.Equal(before.EncryptionKey, ended.EncryptionKey) {
		t.Error("the encryption key was replaced: stored Secrets cannot be read any more")
	}
}

func TestARotationIsBegunOnce(t *testing.T) {
	_, data := roots(t)
	begun, err := BeginRotation(data, 1, born)
	if err != nil {
		t.Fatal(err)
	}
	for sentence, held := range map[string]map[string][]byte{
		"one that has begun is not begun again": begun,
		"nor one that has ended":                EndRotation(begun),
	} {
		t.Run(sentence, func(t *testing.T) {
			again, err := BeginRotation(held, 1, born)
			if err != nil || !maps.EqualFunc(held, again, bytes.Equal) {
				t.Errorf("it was begun again (%v)", err)
			}
		})
	}
	completed, err := Complete(begun, born)
	if err != nil || !maps.EqualFunc(begun, completed, bytes.Equal) {
		t.Errorf("Complete changed it (%v)", err)
	}
	if Rotations(data) != 0 || Rotations(begun) != 1 {
		t.Errorf("rotations %d, then %d", Rotations(data), Rotations(begun))
	}
}

func TestARotationOfTheKeyOfTokensLeavesTheAuthorities(t *testing.T) {
	before, data := roots(t)
	begunData, err := BeginKeyRotation(data, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := BeginKeyRotation(begunData, 1)
	if err != nil || !maps.EqualFunc(again, begunData, bytes.Equal) {
		t.Errorf("it begins twice: %v", err)
	}
	begun, err := Parse(begunData)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(begun.Trusted.ServiceAccount, before.ServiceAccount.Certificate) || bytes.Equal(begun.ServiceAccount.Key, before.ServiceAccount.Key) {
		t.Error("the old key is not accepted, or it still signs")
	}
	if begun.Overlap() || !Overlaps(begunData) || AuthoritiesOverlap(begunData) || !bytes.Equal(begun.Trusted.Cluster, before.Trusted.Cluster) {
		t.Error("the authorities are not what they were")
	}
	endedData := EndRotation(begunData)
	ended, err := Parse(endedData)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ended.Trusted.ServiceAccount, begun.ServiceAccount.Certificate) || Overlaps(endedData) {
		t.Error("the old key is still accepted")
	}
	if bytes.Equal(begun.Trusted.Nodes, before.Trusted.Nodes) || !bytes.Equal(ended.Trusted.Nodes, begun.Trusted.Nodes) {
		t.Error("kubelets do not start again once")
	}
	if !x509.NewCertPool().AppendCertsFromPEM(ended.Trusted.Nodes) {
		t.Errorf("nodes cannot read %s", ended.Trusted.Nodes)
	}
	whole, err := BeginRotation(endedData, 2, born)
	if err != nil || len(whole[keyRotationKey]) > 0 || Rotations(whole) != 2 {
		t.Errorf("a rotation of everything after it: %v", err)
	}
}
