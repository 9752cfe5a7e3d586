// Package teardown finds and removes everything that the host's cluster has in the kernel: processes, mounts, links, cgroups and packet filter
// tables. It needs no record of what was started, so it also finds what an interrupted start or a killed agent left.
package teardown

import (
	"path/filepath"
	"strings"
)

// Scope identifies what belongs to one installation.
type Scope struct {
	// Data and Run are its directories.
	Data, Run string
	// Cgroups are the names of its top cgroups, such as lotse (cgroupfs) and lotse.slice (systemd).
	Cgroups []string
	// Links are the names of its network links; Gateway is an address that only the host's ends of its Pod links have.
	Links   []string
	Gateway string
	// Tables are the packet filter tables that its programs make, "family name". ForeignTables existed before it.
	Tables        []string
	ForeignTables []string
	// SharedTables are those of iptables, which other programs use too. They are the installation's only while they are empty.
	SharedTables []string
}

// isWithin reports whether path is dir or below it.
func isWithin(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}
