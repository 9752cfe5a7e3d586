package node

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"lotse.dev/machine/agent/settings"
)

// proxyPrograms makes a PATH for kube-proxy that has nft and nothing else. With iptables in it, kube-proxy runs it some thirty times at each start
// to remove rules of another mode, which a machine never has.
func proxyPrograms() error {
	nft, err := exec.LookPath("nft")
	if err != nil {
		return fmt.Errorf("kube-proxy needs nft: %w", err)
	}
	if err := os.MkdirAll(settings.ProxyPrograms, 0o755); err != nil {
		return err
	}
	return os.Symlink(nft, filepath.Join(settings.ProxyPrograms, "nft"))
}
