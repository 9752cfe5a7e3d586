package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const conflistName = "10-flannel.conflist"

type object = map[string]any

// conflist is the CNI configuration of a node whose pods get addresses from subnets. Pods hang on point-to-point links, so that packets between
// pods of one node are routed and pass the rules for Services: on a bridge they would only where the host has br_netfilter, and on others a
// Service's pod on the same node would not answer. Masquerading is flannel's, not the plugin's, or traffic between nodes would be rewritten.
// Addresses in use are kept under /run: after a restart of the machine no pod has one.
func conflist(subnets []string, mtu int) ([]byte, error) {
	var ranges [][]object
	var routes []object
	for _, s := range subnets {
		ranges = append(ranges, []object{{"subnet": s}})
		routes = append(routes, object{"dst": defaultRoute(s)})
	}
	return json.MarshalIndent(object{
		"cniVersion": "1.0.0",
		"name":       "pods",
		"plugins": []object{
			{
				"type": "ptp", "mtu": mtu, "ipMasq": false,
				"ipam": object{"type": "host-local", "ranges": ranges, "routes": routes, "dataDir": "/run/cni-ipam-state"},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}, "backend": "nftables"},
		},
	}, "", "  ")
}

// defaultRoute of a subnet's address family.
func defaultRoute(subnet string) string {
	if strings.Contains(subnet, ":") {
		return "::/0"
	}
	return "0.0.0.0/0"
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
	// The leading dot and missing suffix keep readers of *.conflist away from the unfinished file.
	// renameio is not used: containerd loads the configuration on events of this directory, and renameio tries the rename out first and
	// then moves the file in from another directory, after which containerd did not load it.
	temporary := filepath.Join(dir, "."+conflistName+".tmp")
	if err := os.WriteFile(temporary, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the CNI configuration: %w", err)
	}
	if err := os.Rename(temporary, filepath.Join(dir, conflistName)); err != nil {
		return fmt.Errorf("putting the CNI configuration in place: %w", err)
	}
	return nil
}
