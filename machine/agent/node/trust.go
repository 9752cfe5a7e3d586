package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lotse.dev/machine/agent/credential"
	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/supervise"
	"lotse.dev/machine/boot"
)

// givenTrust are the authorities that the service gave the machine after it was made; "" if it gave none.
func givenTrust() (string, error) {
	text, err := os.ReadFile(boot.TrustFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// clusterCA are the authorities that the machine's components work with.
func clusterCA() string {
	text, _ := os.ReadFile(settings.ClusterCA) // without it nothing is trusted
	return string(text)
}

// machineTrust is a machine whose authorities change.
type machineTrust struct {
	chooser    credential.Chooser
	supervisor *supervise.Supervisor
}

// Given implements trust.Machine.
func (m machineTrust) Given() (string, error) { return givenTrust() }

// Used implements trust.Machine.
func (m machineTrust) Used() string { return clusterCA() }

// Use implements trust.Machine.
func (m machineTrust) Use(authorities string) error {
	return settings.File{Path: settings.ClusterCA, Mode: 0o644, Content: authorities}.Write()
}

// Certificate implements trust.Machine.
func (m machineTrust) Certificate() (exists, current bool) {
	return m.chooser.Usable(), m.chooser.Current()
}

// Renew implements trust.Machine. The serving certificate goes too: a kubelet that has none of the two asks for both.
func (m machineTrust) Renew() error {
	old, _ := filepath.Glob(settings.KubeletPKI + "/kubelet-*.pem") // the pattern is well-formed
	if err := m.keepPrevious(); err != nil {
		return fmt.Errorf("keeping the certificate that asks for another: %w", err)
	}
	for _, file := range append(old, settings.KubeletKubeconfig) {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing a certificate of the authority before: %w", err)
		}
	}
	return nil
}

func (m machineTrust) keepPrevious() error {
	content, err := os.ReadFile(settings.ClientCertificate)
	if err != nil {
		return err
	}
	return settings.File{Path: settings.PreviousCertificate, Mode: 0o600, Content: string(content)}.Write()
}

// Renewed implements trust.Machine.
func (m machineTrust) Renewed() error {
	if err := os.Remove(settings.PreviousCertificate); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the certificate of the authority before: %w", err)
	}
	return nil
}

// Restart implements trust.Machine.
func (m machineTrust) Restart(units ...string) {
	for _, unit := range units {
		m.supervisor.Restart(unit, "the cluster's authorities have changed")
	}
}

// Report implements trust.Machine.
func (m machineTrust) Report(ctx context.Context, hash string) error {
	return m.chooser.Report(ctx, boot.AnnotationTrust, hash)
}
