package cgroup

import "strings"

// hierarchy is one mount of cgroup v1.
type hierarchy struct {
	// name of the mount's directory, such as "memory" or "cpu,cpuacct".
	name string
	// options of the mount.
	options string
	// aliases are names of single controllers that lead to it.
	aliases []string
	// path of the process's cgroup, relative to the root of the reader's cgroup namespace.
	path string
}

// hierarchies parses /proc/PID/cgroup. A kernel that manages controllers by v2 has none.
func hierarchies(procCgroup string) []hierarchy {
	var all []hierarchy
	for line := range strings.Lines(procCgroup) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] == "" {
			continue // the v2 tree, which holds no controllers beside v1
		}
		if name, named := strings.CutPrefix(parts[1], "name="); named {
			all = append(all, hierarchy{name: name, options: "none,name=" + name, path: parts[2]})
			continue
		}
		h := hierarchy{name: parts[1], options: parts[1], path: parts[2]}
		if controllers := strings.Split(parts[1], ","); len(controllers) > 1 {
			h.aliases = controllers
		}
		all = append(all, h)
	}
	return all
}

// unified is the path of the process's cgroup in the v2 tree.
func unified(procCgroup string) (path string, found bool) {
	for line := range strings.Lines(procCgroup) {
		if path, found := strings.CutPrefix(strings.TrimSpace(line), "0::"); found {
			return path, true
		}
	}
	return "", false
}

// hasControllers reports whether hierarchies hold more than names: systemd's "name=systemd" alone beside v2 is a v2 system.
func hasControllers(all []hierarchy) bool {
	for _, h := range all {
		if !strings.HasPrefix(h.options, "none,") {
			return true
		}
	}
	return false
}
