package trust

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"lotse.dev/machine/boot"
)

var epoch = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	for sentence, c := range map[string]struct {
		facts Facts
		want  Step
	}{
		"a machine without news reports what it has": {Facts{Used: "old", Exists: true, Current: true}, Report},
		"once":                       {Facts{Used: "old", Exists: true, Current: true, Reported: true}, Nothing},
		"other authorities are used": {Facts{Given: "new", Used: "old", Exists: true, Current: true}, Use},
		"a certificate of another authority is renewed":               {Facts{Given: "new", Used: "new", Exists: true}, Renew},
		"its renewal gets time":                                       {Facts{Used: "new", Exists: true, Renewed: epoch.Add(-time.Second)}, Nothing},
		"and is tried again":                                          {Facts{Used: "new", Exists: true, Renewed: epoch.Add(-time.Minute)}, Renew},
		"a kubelet that has no certificate is getting it":             {Facts{Used: "new"}, Nothing},
		"with the new certificate the others are started again first": {Facts{Used: "new", Exists: true, Current: true, Restarting: true}, Restart},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Decide(c.facts, epoch); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

// machine whose kubelet gets its certificate from the first letter of the authorities when it starts.
type machine struct {
	given, used, signer string
	previous            bool
	restarted           []string
	reported            string
	away                bool
}

func (m *machine) Given() (string, error) { return m.given, nil }
func (m *machine) Used() string           { return m.used }
func (m *machine) Use(a string) error     { m.used = a; return nil }
func (m *machine) Renewed() error         { m.previous = false; return nil }

func (m *machine) Certificate() (exists, current bool) {
	return m.signer != "", m.signer != "" && m.signer == m.used[:1]
}

func (m *machine) Renew() error {
	m.signer, m.previous = "", true
	return nil
}

func (m *machine) Restart(units ...string) {
	m.restarted = append(m.restarted, units...)
	if slices.Contains(units, "kubelet") && m.signer == "" {
		m.signer = m.used[:1]
	}
}

func (m *machine) Report(_ context.Context, hash string) error {
	if m.away {
		return errors.New("no answer")
	}
	m.reported = hash
	return nil
}

func TestARotationOnAMachine(t *testing.T) {
	m := &machine{used: "1", signer: "1"}
	k := &Keeper{Machine: m, Clock: clocktesting.NewFakeClock(epoch)}
	settle := func() {
		t.Helper()
		for range 10 {
			_, _ = k.step(t.Context()) // a report that fails is repeated
		}
	}
	settle()
	if m.reported != boot.TrustHash("1") || len(m.restarted) > 0 {
		t.Fatalf("a machine without news restarted %v and reported %s", m.restarted, m.reported)
	}
	m.given, m.away = "21", true
	settle()
	if want := []string{"kubelet", "kube-proxy", "flannel"}; !slices.Equal(m.restarted, want) || m.signer != "2" || m.previous {
		t.Fatalf("restarted %v, the certificate is of authority %s", m.restarted, m.signer)
	}
	if m.reported != boot.TrustHash("1") {
		t.Error("it reports what the API server has not heard")
	}
	m.away = false
	settle()
	if m.reported != boot.TrustHash("21") {
		t.Error("it did not report the new authorities")
	}
	m.given, m.restarted = "2", nil
	settle()
	if m.reported != boot.TrustHash("2") || m.signer != "2" || len(m.restarted) != 3 {
		t.Errorf("when the old authority goes: restarted %v, reported %s", m.restarted, m.reported)
	}
}
