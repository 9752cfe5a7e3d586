package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"lotse.dev/machine/agent/credential"
	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/supervise"
	"lotse.dev/machine/boot"
)

// joinGates delay the kubelet until it has a credential that the API server accepts, and kube-proxy until the kubelet has its certificate too. A
// kubelet that starts without one goes on without any credential until it gets it, and its first Pods suffer from what was refused meanwhile:
// that is why the first certificate comes with the machine.
type joinGates struct {
	machine boot.Machine
	chooser credential.Chooser
	first   firstCertificate
	joined  atomic.Bool // written by the kubelet's gate only
}

// credential is the kubelet's gate. After the machine has joined, a kubelet with a certificate restarts without asking the API server: it
// has to manage its pods also while the control plane is unavailable.
func (g *joinGates) credential(ctx context.Context, setMessage supervise.SetMessage) error {
	if g.joined.Load() && g.chooser.Usable() {
		return nil
	}
	if err := g.first.adopt(g.chooser); err != nil {
		return err
	}
	kind, err := g.chooser.Choose(ctx, setMessage)
	if err != nil {
		return err
	}
	switch kind {
	case credential.Certificate:
		err = useCertificate(g.machine)
	case credential.Renewal:
		err = bootstrapWith(settings.RenewalKubeconfig(g.machine))
	default:
		if err = removeCertificate(); err == nil {
			err = bootstrapWith(settings.TokenKubeconfig(g.machine))
		}
	}
	if err == nil {
		g.joined.Store(true)
	}
	return err
}

// bootstrapWith lets a kubelet without a certificate ask for one with what a kubeconfig holds.
func bootstrapWith(text string, err error) error {
	if err != nil {
		return err
	}
	return settings.File{Path: settings.BootstrapKubeconfig, Mode: 0o600, Content: text}.Write()
}

// useCertificate writes the kubelet's kubeconfig again: the API server's address may have changed since the last start.
func useCertificate(m boot.Machine) error {
	text, err := settings.CertificateKubeconfig(m)
	if err != nil {
		return err
	}
	return settings.File{Path: settings.KubeletKubeconfig, Mode: 0o600, Content: text}.Write()
}

// removeCertificate makes the kubelet use the token. It would prefer a certificate that it finds, although the API server refuses it. The one that it
// serves with goes too: the authority that signed it may be gone.
func removeCertificate() error {
	serving, _ := filepath.Glob(settings.KubeletPKI + "/kubelet-server-*.pem") // the pattern is well-formed
	for _, file := range append(serving, settings.KubeletKubeconfig, settings.ClientCertificate, settings.PreviousCertificate) {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing a credential that is not accepted: %w", err)
		}
	}
	return nil
}

// certificate is kube-proxy's gate. A certificate alone does not open it: one comes with the machine, and the API server may not answer yet.
func (g *joinGates) certificate(ctx context.Context, setMessage supervise.SetMessage) error {
	for {
		switch {
		case !g.joined.Load():
			setMessage("waiting for the API server to accept the machine's credential, as the kubelet does")
		case !g.chooser.Usable():
			setMessage("waiting for the kubelet's client certificate, which the service has to approve")
		default:
			setMessage("")
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.chooser.Clock.After(200 * time.Millisecond):
		}
	}
}
