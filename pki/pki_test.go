package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var born = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func roots(t *testing.T) (Roots, map[string][]byte) {
	t.Helper()
	data, err := Complete(nil, born)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return r, data
}

func TestCompleteKeepsWhatIsThere(t *testing.T) {
	_, data := roots(t)
	again, err := Complete(data, born.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(data, again, bytes.Equal) {
		t.Error("a second call changed the roots")
	}
}

func TestCompleteMakesOnlyWhatIsMissing(t *testing.T) {
	_, data := roots(t)
	lost := maps.Clone(data)
	delete(lost, serviceAccountKey)
	again, err := Complete(lost, born)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again["cluster-ca.key"], data["cluster-ca.key"]) {
		t.Error("the cluster authority was replaced")
	}
	if len(again[serviceAccountKey]) == 0 {
		t.Error("the missing key of service accounts was not made")
	}
}

func TestALostEncryptionKeyIsNotReplaced(t *testing.T) {
	_, data := roots(t)
	good := string(data[encryptionKey])
	for sentence, c := range map[string]struct{ key, want string }{
		"a good key is kept":                      {good, ""},
		"a missing key is not made anew":          {"", "encryption.key in secret pki is missing; restore it from a backup"},
		"a key of another length is not one":      {"c2hvcnQ=", "is not 32 bytes in base64; restore it from a backup"},
		"what is not base64 is no key":            {"?" + good[1:], "is not 32 bytes in base64"},
		"a line break would end up in a file":     {good + "\n", "is not 32 bytes in base64"},
		"a key of 32 characters has not 32 bytes": {good[:32], "is not 32 bytes in base64"},
	} {
		t.Run(sentence, func(t *testing.T) {
			held := maps.Clone(data)
			held[encryptionKey] = []byte(c.key)
			_, parsed := Parse(held)
			_, completed := Complete(held, born)
			for _, err := range []error{parsed, completed} {
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
		})
	}
}

func TestCompleteRefusesHalfAnAuthority(t *testing.T) {
	_, data := roots(t)
	delete(data, "etcd-ca.key")
	if _, err := Complete(data, born); err == nil || !strings.Contains(err.Error(), "restore it from a backup") {
		t.Errorf("Complete = %v, want a refusal that says what to do", err)
	}
}

func TestStale(t *testing.T) {
	r, _ := roots(t)
	leaf := Leaf{CommonName: "kube-apiserver", DNSNames: []string{"localhost", "kubernetes"}, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
	pair, err := r.Cluster.Issue(leaf, born)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*Leaf)) Leaf {
		l := leaf
		change(&l)
		return l
	}
	damaged := pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: []byte("x")})
	damagedKey := pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: []byte("x")})
	const day = 24 * time.Hour
	tests := map[string]struct {
		authority Authority
		pair      Pair
		leaf      Leaf
		after     time.Duration
		want      string
	}{
		"a fresh certificate stays":                               {r.Cluster, pair, leaf, 0, ""},
		"the order of names does not matter":                      {r.Cluster, pair, with(func(l *Leaf) { l.DNSNames = []string{"kubernetes", "localhost"} }), 0, ""},
		"a certificate stays for two thirds of its life":          {r.Cluster, pair, leaf, 243 * day, ""},
		"after two thirds of its life it is issued again":         {r.Cluster, pair, leaf, 244 * day, "two thirds of its life passed, it ends on 2027-11-23"},
		"a new address means a new certificate":                   {r.Cluster, pair, leaf.WithHosts("::1"), 0, "names or addresses changed"},
		"a new name means a new certificate":                      {r.Cluster, pair, leaf.WithHosts("api"), 0, "names or addresses changed"},
		"a host that it has already changes nothing":              {r.Cluster, pair, leaf.WithHosts("localhost", "10.0.0.1"), 0, ""},
		"another common name means a new certificate":             {r.Cluster, pair, with(func(l *Leaf) { l.CommonName = "x" }), 0, "issued to another subject"},
		"another group means a new certificate":                   {r.Cluster, pair, with(func(l *Leaf) { l.Organizations = []string{"g"} }), 0, "issued to another subject"},
		"a server that becomes a client gets a new certificate":   {r.Cluster, pair, with(func(l *Leaf) { l.Client = true }), 0, "usages changed"},
		"a certificate of another authority is replaced":          {r.Etcd, pair, leaf, 0, "signed by another authority"},
		"a certificate that is not there yet is issued":           {r.Cluster, Pair{}, leaf, 0, "no certificate in PEM"},
		"a damaged certificate is replaced":                       {r.Cluster, Pair{Certificate: damaged, Key: pair.Key}, leaf, 0, "damaged certificate: x509: malformed certificate"},
		"a certificate whose key was lost is issued with another": {r.Cluster, Pair{Certificate: pair.Certificate}, leaf, 0, "no private key in PEM"},
		"a certificate with a damaged key is replaced": {
			r.Cluster, Pair{Certificate: pair.Certificate, Key: damagedKey}, leaf, 0, "damaged private key: asn1: syntax error",
		},
		"a certificate with the key of another is replaced": {
			r.Cluster, Pair{Certificate: pair.Certificate, Key: r.Etcd.Key}, leaf, 0, "certificate and key do not fit",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.authority.Stale(tt.pair, tt.leaf, born.Add(tt.after))
			if got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("Stale = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestACertificateIsNoAuthority(t *testing.T) {
	r, _ := roots(t)
	pair, err := r.Cluster.Issue(Leaf{CommonName: "client", Client: true}, born)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseAuthority(pair); err == nil {
		t.Error("a client's certificate was taken for an authority's")
	}
}

func TestIssuedServerCertificateVerifies(t *testing.T) {
	r, _ := roots(t)
	pair, err := r.Cluster.Issue(Leaf{CommonName: "s", DNSNames: []string{"api.example"}}, born)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
		t.Fatalf("certificate and key do not fit: %v", err)
	}
	certificate, err := parseCertificate(pair.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.Cluster.Certificate)
	if _, err := certificate.Verify(x509.VerifyOptions{DNSName: "api.example", Roots: pool, CurrentTime: born}); err != nil {
		t.Errorf("a client that trusts the cluster's authority refuses the server: %v", err)
	}
}
