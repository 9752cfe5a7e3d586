package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

const conflistName = "10-flannel.conflist"

type object = map[string]any

// conflist is the CNI configuration of a node whose pods get addresses from subnets. Masquerading is flannel's, not the bridge's, or
// traffic between nodes would be rewritten. Addresses in use are kept under /run: after a restart of the machine no pod has one.
func conflist(subnets []string, mtu int) ([]byte, error) {
	var ranges [][]object
	for _, s := range subnets {
		ranges = append(ranges, []object{{"subnet": s}})
	}
	return json.MarshalIndent(object{
		"cniVersion": "1.0.0",
		"name":       "cbr0",
		"plugins": []object{
			{
				"type": "bridge", "bridge": "cni0", "mtu": mtu,
				"isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
				"ipam": object{"type": "host-local", "ranges": ranges, "dataDir": "/run/cni-ipam-state"},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}, "backend": "nftables"},
		},
	}, "", "  ")
}

// writeConflist replaces the configuration in one step: containerd watches the directory and must never read half a file.
func writeConflist(dir string, subnets []string, mtu int) error {
	content, err := conflist(subnets, mtu)
	if err != nil {
		return fmt.Errorf("rendering the CNI configuration: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the CNI configuration directory (mount the host's): %w", err)
	}
	// The unfinished file's name does not end in .conflist, so containerd ignores it.
	if err := renameio.WriteFile(filepath.Join(dir, conflistName), append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the CNI configuration: %w", err)
	}
	return nil
}
