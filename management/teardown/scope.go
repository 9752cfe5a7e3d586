// Package teardown finds everything the host's cluster leaves in the machine's kernel and ends it: processes, mounts, links, control
// groups and packet filter tables. It never relies on a record of what was started: it looks at the machine, so it also finds what an
// interrupted start or a killed agent left.
package teardown

import (
	"path/filepath"
	"strings"
)

// Scope says what belongs to one installation.
type Scope struct {
	// Data and Run are its directories.
	Data, Run string
	// Cgroups are the names of its top control groups, such as lotse (cgroupfs) and lotse.slice (systemd).
	Cgroups []string
	// Links are the names of its network links; Gateway is an address that only links of its Pods have.
	Links   []string
	Gateway string
	// Tables are the packet filter tables its programs make, "family name"; the foreign ones were there before it.
	Tables        []string
	ForeignTables []string
	// SharedTables have names that others use too (iptables'); they are ours only when nothing is in them.
	SharedTables []string
}

// beneath says whether path is dir or lies under it.
func beneath(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}
