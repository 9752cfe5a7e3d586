package teardown

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Process is an entry of the process table.
type Process struct {
	PID     int
	Parent  int
	Exe     string // path of its program; empty for kernel threads
	Args    []string
	Cgroups []string // paths in every hierarchy
	// IgnoresTERM is set if it has no handler for SIGTERM. The first process of a container does not end by it then.
	IgnoresTERM bool
}

// String names the process in messages.
func (p Process) String() string {
	name := p.Exe
	if len(p.Args) > 0 {
		name = p.Args[0]
	}
	return fmt.Sprintf("process %d (%s)", p.PID, filepath.Base(name))
}

// Shim reports whether it is containerd's parent of a container's processes, which ends after them.
func (p Process) Shim() bool {
	return len(p.Args) > 0 && filepath.Base(p.Args[0]) == "containerd-shim-runc-v2"
}

// KillAtOnce reports whether SIGTERM is of no use: the process does not handle it, or it is an API server, which waits for its clients to
// disconnect while etcd waits for it, and has no state outside etcd.
func (p Process) KillAtOnce() bool {
	return p.IgnoresTERM || len(p.Args) > 0 && filepath.Base(p.Args[0]) == "kube-apiserver"
}

// Owns reports whether a process belongs to the installation: it is in its cgroups, runs one of its programs, or is a shim of its containerd.
// A process that only has one of its files as argument, such as an editor, does not.
func (s Scope) Owns(p Process) bool {
	for _, c := range p.Cgroups {
		if s.ownsCgroup(c) {
			return true
		}
	}
	if isWithin(strings.TrimSuffix(p.Exe, " (deleted)"), filepath.Join(s.Data, "bin")) {
		return true
	}
	return p.Shim() && slices.ContainsFunc(p.Args, func(a string) bool { return isWithin(a, s.Run) })
}

func (s Scope) ownsCgroup(path string) bool {
	return slices.ContainsFunc(s.Cgroups, func(top string) bool { return isWithin(path, "/"+top) })
}

// Processes returns those of the installation, without this process and its ancestors.
func (s Scope) Processes() ([]Process, error) {
	all, err := Table()
	if err != nil {
		return nil, err
	}
	own := ancestors(all, os.Getpid())
	var found []Process
	for _, p := range all {
		if s.Owns(p) && !own[p.PID] {
			found = append(found, p)
		}
	}
	return found, nil
}

func ancestors(all map[int]Process, pid int) map[int]bool {
	line := map[int]bool{}
	for p, ok := all[pid]; ok && !line[p.PID]; p, ok = all[p.Parent] {
		line[p.PID] = true
	}
	return line
}

// Table returns the host's processes by ID. Those that end while it is read are left out.
func Table() (map[int]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("process table: %w", err)
	}
	all := map[int]Process{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := read(pid); ok {
			all[pid] = p
		}
	}
	return all, nil
}

func read(pid int) (Process, bool) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return Process{}, false
	}
	p := Process{PID: pid}
	var state string
	p.Parent, state = parseStat(string(stat))
	if state == "Z" {
		return Process{}, false // a zombie
	}
	p.Exe, _ = os.Readlink(filepath.Join(dir, "exe")) // kernel threads have none
	cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	for _, a := range bytes.Split(bytes.TrimRight(cmdline, "\x00"), []byte{0}) {
		p.Args = append(p.Args, string(a))
	}
	cgroup, _ := os.ReadFile(filepath.Join(dir, "cgroup"))
	p.Cgroups = parseCgroups(string(cgroup))
	status, _ := os.ReadFile(filepath.Join(dir, "status"))
	p.IgnoresTERM = !catches(string(status), syscall.SIGTERM)
	return p, true
}

// parseStat reads the parent and the state from /proc/{pid}/stat, whose second field may contain spaces and parentheses.
func parseStat(stat string) (parent int, state string) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 2 {
		return 0, ""
	}
	parent, _ = strconv.Atoi(fields[1])
	return parent, fields[0]
}

// catches reports whether a signal has a handler, by the content of /proc/{pid}/status.
func catches(status string, signal syscall.Signal) bool {
	for line := range strings.Lines(status) {
		if value, found := strings.CutPrefix(line, "SigCgt:"); found {
			set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			return err == nil && set&(1<<(signal-1)) != 0
		}
	}
	return false
}

// parseCgroups reads the paths from /proc/{pid}/cgroup: "hierarchy:controllers:path" per line.
func parseCgroups(content string) (paths []string) {
	for line := range strings.Lines(content) {
		if parts := strings.SplitN(strings.TrimSpace(line), ":", 3); len(parts) == 3 && !slices.Contains(paths, parts[2]) {
			paths = append(paths, parts[2])
		}
	}
	return paths
}
