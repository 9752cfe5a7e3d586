package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// sysctls of a node's network namespace. Those that do not exist (a module is not loaded) or belong to the host stay as they are: a machine
// must start on any host.
var sysctls = []struct{ name, value string }{
	{"net/ipv4/ip_forward", "1"},
	{"net/ipv4/conf/all/forwarding", "1"},
	{"net/ipv6/conf/all/forwarding", "1"},
	// Network plugins of customers may use bridges; the service's own does not.
	{"net/bridge/bridge-nf-call-iptables", "1"},
	{"net/bridge/bridge-nf-call-ip6tables", "1"},
	// Replies may use another interface than their requests when pods have several.
	{"net/ipv4/conf/all/rp_filter", "0"},
	{"net/ipv4/conf/default/rp_filter", "0"},
	{"net/netfilter/nf_conntrack_tcp_be_liberal", "1"},
}

// setSysctls returns which could not be set, and why.
func setSysctls() (refused []string) {
	for _, s := range sysctls {
		file := "/proc/sys/" + s.name
		now, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || strings.TrimSpace(string(now)) == s.value {
			continue
		}
		if err := os.WriteFile(file, []byte(s.value), 0); err != nil {
			refused = append(refused, fmt.Sprintf("%s: %s", strings.ReplaceAll(s.name, "/", "."), err))
		}
	}
	return refused
}

// hasSysResource reports whether this process has CAP_SYS_RESOURCE.
func hasSysResource() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}
