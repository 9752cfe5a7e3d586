package node

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/machine/agent/credential"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/pki"
)

func TestTheCertificateThatCameWithTheMachine(t *testing.T) {
	for sentence, c := range map[string]struct {
		came, has string // the node that a certificate is for; empty for none
		linked    bool
	}{
		"a new kubelet gets it":                             {"vm0", "", true},
		"a kubelet keeps the certificate that it has":       {"vm0", "vm0", false},
		"it takes the place of one that is of no use":       {"vm0", "vm1", true},
		"that of another node is left":                      {"vm1", "", false},
		"a machine that is a node already comes without it": {"", "vm0", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			dir := t.TempDir()
			first := firstCertificate{from: filepath.Join(dir, "client.pem"), dir: filepath.Join(dir, "pki")}
			kubelet := credential.Chooser{NodeName: "vm0", Clock: clock.RealClock{}, CertificateFile: filepath.Join(first.dir, "current.pem")}
			if err := os.Mkdir(first.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			issueTo(t, first.from, c.came)
			issueTo(t, kubelet.CertificateFile, c.has)
			if err := first.adopt(kubelet); err != nil {
				t.Fatal(err)
			}
			target, err := os.Readlink(kubelet.CertificateFile)
			if (err == nil) != c.linked || c.linked && filepath.Dir(target) != first.dir {
				t.Errorf("the certificate in use is %q, %v", target, err)
			}
			if kubelet.Usable() != (c.linked || c.has == "vm0") {
				t.Errorf("usable: %t", kubelet.Usable())
			}
		})
	}
}

// issueTo a file the certificate of a node.
func issueTo(t *testing.T, file, node string) {
	t.Helper()
	if node == "" {
		return
	}
	authority, err := pki.NewAuthority(pkix.Name{CommonName: "ca"}, pki.Year, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c, err := bootstrap.Issue(authority, node, time.Now(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, c.PEM, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKubeProxyWaitsForTheKubeletsCredential(t *testing.T) {
	for sentence, c := range map[string]struct {
		joined, certificate bool
		says                string
	}{
		"a certificate that came with the machine is not enough": {false, true, "waiting for the API server to accept"},
		"a machine that joined by its token waits for one":       {true, false, "waiting for the kubelet's client certificate"},
		"a certificate that was accepted opens the gate":         {true, true, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			g := &joinGates{chooser: credential.Chooser{NodeName: "vm0", Clock: clock.RealClock{}, CertificateFile: filepath.Join(t.TempDir(), "current.pem")}}
			g.joined.Store(c.joined)
			if c.certificate {
				issueTo(t, g.chooser.CertificateFile, "vm0")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			message := ""
			err := g.certificate(ctx, func(format string, args ...any) {
				message = fmt.Sprintf(format, args...)
				if message != "" {
					cancel() // it waits as expected
				}
			})
			if (err == nil) != (c.says == "") || !strings.HasPrefix(message, c.says) {
				t.Errorf("%v, message %q", err, message)
			}
		})
	}
}
