package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lotse.dev/machine/agent/credential"
	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/supervise"
	"lotse.dev/machine/boot"
)

// joining holds the kubelet back until it can join, and kube-proxy until the kubelet has.
type joining struct {
	machine boot.Machine
	chooser credential.Chooser
	joined  bool // read and written by the kubelet's gate only
}

// credential is the kubelet's gate. After the machine has joined, a kubelet with a certificate starts again without asking: it has to
// take care of its pods also while the control plane is away.
func (j *joining) credential(ctx context.Context, say supervise.Say) error {
	if j.joined && j.chooser.Usable() {
		return nil
	}
	kind, err := j.chooser.Choose(ctx, say)
	if err != nil {
		return err
	}
	j.joined = true
	if kind == credential.Certificate {
		return keepCertificate(j.machine)
	}
	return forgetCertificate()
}

// keepCertificate writes the kubelet's kubeconfig anew: the API server's address may have changed since the last start.
func keepCertificate(m boot.Machine) error {
	text, err := settings.CertificateKubeconfig(m)
	if err != nil {
		return err
	}
	return settings.File{Path: settings.KubeletKubeconfig, Mode: 0o600, Content: text}.Write()
}

// forgetCertificate makes the kubelet use the token. It would prefer what it finds, although the API server refused that.
func forgetCertificate() error {
	for _, file := range []string{settings.KubeletKubeconfig, settings.ClientCertificate} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing a credential that is not accepted: %w", err)
		}
	}
	return nil
}

// certificate is kube-proxy's gate.
func (j *joining) certificate(ctx context.Context, say supervise.Say) error {
	for !j.chooser.Usable() {
		say("waiting for the kubelet's client certificate, which the service has to approve")
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-j.chooser.Clock.After(200 * time.Millisecond):
		}
	}
	say("")
	return nil
}
