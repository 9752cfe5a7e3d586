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

// containerdConfig keeps all of containerd's state in Lotse's directories, separate from another containerd's on this host.
func containerdConfig(s Spec) []byte {
	var b bytes.Buffer
	// Execute fails only if the template does not fit its data, which the golden test would show.
	_ = containerdTemplate.Execute(&b, map[string]any{
		"Data": string(s.Data), "Run": Run, "Socket": containerdSocket, "Pause": s.Pause,
		"Systemd": s.Systemd, "RestrictOOM": s.RestrictOOM, "MachineRuntime": MachineRuntime, "MachineSpec": s.Data.machineSpec(),
	})
	return b.Bytes()
}

// network is the CNI configuration of Pods: routed point-to-point links, host ports, and last the plugin that connects them to the isolation.
// All rules are nftables. Masquerading is the isolation's: the plugin would run nft five times for each Pod.
func network() ([]byte, error) {
	list := map[string]any{
		"cniVersion": "1.0.0",
		"name":       "lotse",
		"plugins": []any{
			map[string]any{
				"type": "ptp", "ipMasq": false,
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

// registryHosts is containerd's configuration of the endpoint of images.Registry.
func registryHosts(caFile string) []byte {
	endpoint := fmt.Sprintf("https://%s:5000", RegistryIP)
	return fmt.Appendf(nil, "server = %q\n\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = %q\n", endpoint, endpoint, caFile)
}

// TrustRegistry configures the endpoint and the authority of images.Registry in this host's containerd, which reads them at every pull.
func TrustRegistry(d Data, ca []byte) error {
	dir := filepath.Join(d.Certs(), images.Registry)
	file := filepath.Join(dir, "ca.crt")
	return put([]File{{file, 0o644, ca}, {filepath.Join(dir, "hosts.toml"), 0o644, registryHosts(file)}})
}
