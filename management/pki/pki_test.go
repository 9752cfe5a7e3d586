package pki

import (
	"os"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestStale(t *testing.T) {
	authority := must(t)(NewAuthority("test", now))
	other := must(t)(NewAuthority("other", now))
	server := Request{CommonName: "api", Hosts: []string{"localhost", "127.0.0.1"}, Server: true}
	issued := must(t)(authority.Issue(server, now))

	for sentence, c := range map[string]struct {
		have Pair
		want Request
		at   time.Time
		by   Pair
		says string
	}{
		"a fresh certificate stays":                       {issued, server, now, authority, ""},
		"the order of addresses does not matter":          {issued, Request{CommonName: "api", Hosts: []string{"127.0.0.1", "localhost"}, Server: true}, now, authority, ""},
		"a missing one is issued":                         {Pair{}, server, now, authority, "there is none"},
		"a key of another pair is replaced":               {Pair{issued.Cert, other.Key}, server, now, authority, "certificate and key do not fit"},
		"another authority's is replaced":                 {issued, server, now, other, "its authority does not vouch for it"},
		"one with a new address is replaced":              {issued, Request{CommonName: "api", Hosts: []string{"10.0.0.1"}, Server: true}, now, authority, "it is for other addresses"},
		"one that becomes a client is replaced":           {issued, Request{CommonName: "api", Hosts: server.Hosts, Server: true, Client: true}, now, authority, "it is for another use"},
		"one for somebody else is replaced":               {issued, Request{CommonName: "etcd", Hosts: server.Hosts, Server: true}, now, authority, "it names somebody else"},
		"one in the last third of its life is replaced":   {issued, server, now.Add(leafLife * 3 / 4), authority, "it ends in 91 days"},
		"one in the second third of its life still stays": {issued, server, now.Add(leafLife / 2), authority, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.by.Stale(c.have, c.want, c.at); got != c.says {
				t.Errorf("got %q, want %q", got, c.says)
			}
		})
	}
}

func TestAStoreKeepsWhatItHasAndKeysArePrivate(t *testing.T) {
	s := Store{Dir: t.TempDir(), Now: now}
	ca := must(t)(s.Authority("cluster"))
	request := Request{CommonName: "admin", Client: true}
	first := must(t)(s.Leaf("admin", ca, request))
	again := must(t)(s.Leaf("admin", must(t)(s.Authority("cluster")), request))
	if string(first.Cert) != string(again.Cert) {
		t.Error("a certificate that could stay was issued again")
	}
	if err := s.SigningKey("accounts"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cluster", "admin", "accounts"} {
		info, err := os.Stat(s.KeyFile(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("key of %s: mode %v, error %v", name, info.Mode(), err)
		}
	}
}

func must(t *testing.T) func(Pair, error) Pair {
	t.Helper()
	return func(p Pair, err error) Pair {
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}
