package profile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lotse.dev/bench/usage"
)

// identity tells processes apart: numbers are used again.
type identity struct {
	pid   int
	start string
}

// process is what one process has used since it began, together with its children that ended.
type process struct {
	program, cgroup string
	cpu             time.Duration
	switches        uint64
	written         uint64 // bytes that went to a disk, or will
}

// Look is the state of all processes and disks at one moment.
type Look struct {
	processes map[identity]process
	busy      time.Duration // of all processors
	flushes   uint64        // of all disks
}

// Now looks at all processes.
func Now() (Look, error) {
	busy, err := usage.Busy()
	if err != nil {
		return Look{}, err
	}
	l := Look{processes: map[identity]process{}, busy: busy, flushes: flushes()}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return Look{}, err
	}
	for _, dir := range dirs {
		if id, p, err := read(dir); err == nil { // otherwise it has ended
			l.processes[id] = p
		}
	}
	return l, nil
}

func read(dir string) (identity, process, error) {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return identity{}, process{}, err
	}
	cpu, err := usage.WithChildren(string(stat))
	if err != nil {
		return identity{}, process{}, err
	}
	pid, err := strconv.Atoi(filepath.Base(dir))
	if err != nil {
		return identity{}, process{}, err
	}
	cgroup, err := os.ReadFile(filepath.Join(dir, "cgroup"))
	if err != nil {
		return identity{}, process{}, err
	}
	p := process{program: program(dir), cgroup: string(cgroup), cpu: cpu}
	p.switches = switches(dir)
	p.written = field(filepath.Join(dir, "io"), "write_bytes:")
	return identity{pid: pid, start: startOf(string(stat))}, p, nil
}

// switches of all threads that live: how often the process was woken, or made to wait.
func switches(dir string) (total uint64) {
	threads, err := filepath.Glob(filepath.Join(dir, "task/*/status"))
	if err != nil {
		return 0
	}
	for _, file := range threads {
		total += field(file, "voluntary_ctxt_switches:") + field(file, "nonvoluntary_ctxt_switches:")
	}
	return total
}

// program is the name it was called by. A thread of the kernel was not called.
func program(dir string) string {
	line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	if first, _, _ := bytes.Cut(line, []byte{0}); err == nil && len(first) > 0 {
		return strings.TrimSuffix(filepath.Base(string(first)), ":")
	}
	return "the kernel"
}

// startOf is the 22nd field: when it began, in ticks since the machine did.
func startOf(stat string) string {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 20 {
		return ""
	}
	return fields[19]
}

// field is the number behind a key in a file of lines; 0 where there is none.
func field(file, key string) uint64 {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if rest, found := strings.CutPrefix(line, key); found {
			n, _ := strconv.ParseUint(strings.TrimSpace(rest), 10, 64)
			return n
		}
	}
	return 0
}

// flushes of all whole disks: the 19th number of their line, since Linux 5.5. Each is a write that waits for the disk itself.
func flushes() (total uint64) {
	content, err := os.ReadFile("/proc/diskstats")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) < 20 {
			continue
		}
		if _, err := os.Stat(fmt.Sprintf("/sys/block/%s", fields[2])); err != nil {
			continue // a partition, counted with its disk
		}
		n, _ := strconv.ParseUint(fields[18], 10, 64)
		total += n
	}
	return total
}
