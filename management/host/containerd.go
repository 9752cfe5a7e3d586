package host

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"path/filepath"
	"text/template"

	"lotse.dev/images"
	"lotse.dev/management/cniplugin"
)

//go:embed containerd.toml.tmpl
var containerdText string

var containerdTemplate = template.Must(template.New("containerd.toml").Parse(containerdText))

// containerdConfig keeps all of containerd's state in our directories, so that another containerd on this machine never meets it.
func containerdConfig(s Spec) []byte {
	var b bytes.Buffer
	// Only a template that does not fit its own data can fail; the golden test would show it.
	_ = containerdTemplate.Execute(&b, map[string]any{
		"Data": string(s.Data), "Run": Run, "Socket": containerdSocket, "Pause": s.Pause,
		"Systemd": s.Systemd, "RestrictOOM": s.RestrictOOM,
	})
	return b.Bytes()
}

// network is the Pods' network: routed point-to-point links and host ports, all rules in nftables, and last what ties them to the isolation.
func network() ([]byte, error) {
	list := map[string]any{
		"cniVersion": "1.0.0",
		"name":       "lotse",
		"plugins": []any{
			map[string]any{
				"type": "ptp", "ipMasq": true, "ipMasqBackend": "nftables",
				"ipam": map[string]any{
					"type":    "host-local",
					"dataDir": Run + "/cni",
					"ranges":  []any{[]any{map[string]any{"subnet": PodCIDR}}},
					"routes":  []any{map[string]any{"dst": "0.0.0.0/0"}},
				},
			},
			map[string]any{"type": "portmap", "backend": "nftables", "snat": true, "capabilities": map[string]any{"portMappings": true}},
			map[string]any{"type": cniplugin.Plugin, "group": linkGroup, "socket": isolationSocket},
		},
	}
	content, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("pod network: %w", err)
	}
	return append(content, '\n'), nil
}

// registryHosts tells containerd where registry.lotse.internal is.
func registryHosts(caFile string) []byte {
	endpoint := fmt.Sprintf("https://%s:5000", RegistryIP)
	return fmt.Appendf(nil, "server = %q\n\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = %q\n", endpoint, endpoint, caFile)
}

// TrustRegistry tells this machine's containerd where registry.lotse.internal is and whom to believe. It is read at every pull.
func TrustRegistry(d Data, ca []byte) error {
	dir := filepath.Join(d.Certs(), images.Registry)
	file := filepath.Join(dir, "ca.crt")
	return put([]File{{file, 0o644, ca}, {filepath.Join(dir, "hosts.toml"), 0o644, registryHosts(file)}})
}
