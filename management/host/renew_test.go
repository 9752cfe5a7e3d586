package host

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"lotse.dev/pki"
)

// installed are the credentials and static Pods of an installation that was made at a time.
func installed(t *testing.T, at time.Time) Spec {
	t.Helper()
	s := Spec{Data: Data(t.TempDir()), Pause: "p:1", Etcd: "e:1", Kubernetes: "k:1"}
	var err error
	if s.Credentials, err = makeCredentials(s.Data, pki.Store{Dir: s.Data.PKI(), Now: at}); err != nil {
		t.Fatal(err)
	}
	putPods(t, s)
	return s
}

func putPods(t *testing.T, s Spec) {
	t.Helper()
	pods, err := ControlPlane(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := put(pods); err != nil {
		t.Fatal(err)
	}
}

func fileOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestRenewalIsWhatUpWouldDo: certificates that are due are issued, and the static Pods are those that Up would make with them.
func TestRenewalIsWhatUpWouldDo(t *testing.T) {
	now := time.Now()
	s := installed(t, now.Add(-pki.Year*3/4))
	authority, operator := fileOf(t, s.Data.in("pki", "cluster.crt")), fileOf(t, s.Data.ManagementKubeconfig())
	issued, err := Renew(s.Data, now)
	if err != nil || len(issued) != len(certificates()) || !strings.Contains(issued[0], "apiserver: two thirds of its life passed") {
		t.Fatalf("issued %q: %v", issued, err)
	}
	if e, err := Expires(s.Data); err != nil || e.NotAfter.Before(now.Add(pki.Year-time.Hour)) {
		t.Errorf("certificates end: %+v, %v", e, err)
	}
	if !bytes.Equal(fileOf(t, s.Data.in("pki", "cluster.crt")), authority) || bytes.Equal(fileOf(t, s.Data.ManagementKubeconfig()), operator) {
		t.Error("the authority is another one, or the operator has the old certificate")
	}
	before := s.Credentials
	if s.Credentials, err = makeCredentials(s.Data, pki.Store{Dir: s.Data.PKI(), Now: now}); err != nil || s.Credentials == before {
		t.Errorf("Up makes other certificates than the renewal: %v", err)
	}
	pods, err := ControlPlane(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pods {
		if !p.written() {
			t.Errorf("%s is not what Up makes:\n%s", p.Path, fileOf(t, p.Path))
		}
	}
}

func TestRenewalDoesNothingThatIsNotDue(t *testing.T) {
	now := time.Now()
	s := installed(t, now.Add(-pki.Year/2))
	unlock, err := Lock(s.Data) // as by an Up that runs
	if err != nil {
		t.Fatal(err)
	}
	if issued, err := Renew(s.Data, now); err != nil || len(issued) > 0 {
		t.Errorf("issued %q: %v", issued, err)
	}
	if _, err := Renew(s.Data, now.Add(pki.Year/2)); err == nil || !strings.Contains(err.Error(), "is running") {
		t.Errorf("it changes what another process works on: %v", err)
	}
	unlock()
}

// TestARenewalThatWasInterruptedIsFinished by the next one: it had issued certificates, and not yet let everything start again that reads them.
func TestARenewalThatWasInterruptedIsFinished(t *testing.T) {
	now := time.Now()
	s := installed(t, now.Add(-pki.Year*3/4))
	credentials, err := makeCredentials(s.Data, pki.Store{Dir: s.Data.PKI(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if issued, err := Renew(s.Data, now); err != nil || len(issued) > 0 {
		t.Errorf("issued %q: %v", issued, err)
	}
	if !stamped(s.Data, credentials) {
		t.Error("static Pods have the old certificates")
	}
}

func TestRenewalMakesNoAuthority(t *testing.T) {
	d := Data(t.TempDir())
	if _, err := Renew(d, time.Now()); err == nil || !strings.Contains(err.Error(), "`lotse up` makes it") {
		t.Errorf("got %v", err)
	}
	if exists(d.in("pki", "cluster.crt")) {
		t.Error("an authority was made")
	}
	if e, err := Expires(d); e != nil || err != nil {
		t.Errorf("where there are no certificates they end: %+v, %v", e, err)
	}
}

func TestARenewalStopsAtADamagedStaticPod(t *testing.T) {
	now := time.Now()
	s := installed(t, now.Add(-pki.Year*3/4))
	if err := os.WriteFile(s.Data.manifest("etcd"), []byte("kind: Pod\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Renew(s.Data, now); err == nil || !strings.Contains(err.Error(), "etcd.yaml is damaged; run `lotse up`") {
		t.Errorf("got %v", err)
	}
}

func TestTheNoteOfCertificates(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	const month = 30 * 24 * time.Hour
	for sentence, c := range map[string]struct {
		leaf, authorities time.Duration
		valid             bool
		note              string
	}{
		"certificates that are renewed in time":         {5 * month, 100 * month, true, "the first ends on 2027-04-26, and is renewed before"},
		"one that was to be renewed is named":           {2 * month, 100 * month, true, "etcd-server ends on 2027-01-26 and was to be renewed"},
		"one that has ended makes Lotse unhealthy":      {-month, 100 * month, false, "etcd-server ends on 2026-10-28"},
		"the end of the authorities is the greater one": {month, month, true, "the authorities end on 2026-12-27"},
	} {
		t.Run(sentence, func(t *testing.T) {
			e := Expiry{First: "etcd-server", NotAfter: now.Add(c.leaf), AuthoritiesNotAfter: now.Add(c.authorities)}
			if e.Valid(now) != c.valid || !strings.HasPrefix(e.Note(now), c.note) {
				t.Errorf("valid %t: %s", e.Valid(now), e.Note(now))
			}
		})
	}
}
