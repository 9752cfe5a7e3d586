package survival

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Process of this machine. PIDs are reused; the start distinguishes a process from a later one with the same PID.
type Process struct {
	PID    int
	Name   string // of its program, as it was called
	Start  string // in the kernel's ticks
	Groups string // its control groups, one per line
}

// String implements fmt.Stringer.
func (p Process) String() string { return fmt.Sprintf("%s (process %d)", p.Name, p.PID) }

// Signal the process.
func (p Process) Signal(s syscall.Signal) error {
	if !p.Alive() {
		return nil // another process may have the PID by now
	}
	if err := syscall.Kill(p.PID, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s to %s: %w", s, p, err)
	}
	return nil
}

// Alive reports whether this process still runs. A zombie does not.
func (p Process) Alive() bool {
	state, start := stat(p.PID)
	return start == p.Start && state != "Z" && state != "X"
}

// within reports whether a process is in a control group whose path has a part with this ID, such as a container's or a Pod's.
func (p Process) within(id string) bool {
	return id != "" && (strings.Contains(p.Groups, id) || strings.Contains(p.Groups, strings.ReplaceAll(id, "-", "_")))
}

// owned reports whether a process is of the container itself and not of one inside: the container's ID is then in the last part of the path.
func (p Process) owned(container string) bool {
	return container != "" && slices.ContainsFunc(strings.Split(p.Groups, "\n"), func(line string) bool {
		return strings.Contains(line[strings.LastIndex(line, "/")+1:], container)
	})
}

// table of this machine's processes.
func table() ([]Process, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, dir := range dirs {
		groups, err := os.ReadFile(dir + "/cgroup")
		if err != nil {
			continue // ended meanwhile
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		name, ok := program(pid)
		_, start := stat(pid)
		if ok && start != "" {
			all = append(all, Process{PID: pid, Name: name, Start: start, Groups: strings.TrimSpace(string(groups))})
		}
	}
	return all, nil
}

// program is the name of a process's program; kernel threads have none.
func program(pid int) (string, bool) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	first, _, _ := bytes.Cut(line, []byte{0})
	return filepath.Base(string(first)), err == nil && len(first) > 0
}

// stat reads a process's state and start out of what follows its name, which may hold anything.
func stat(pid int) (state, start string) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", ""
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	const startField = 19 // field 22 of proc(5), counted from the state
	if len(fields) <= startField {
		return "", ""
	}
	return fields[0], fields[startField]
}
