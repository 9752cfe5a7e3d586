// Package density says what one of many equal things costs a machine: the difference between two looks at what the machine has used up.
package density

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lotse.dev/bench/usage"
)

// Amounts of what a machine can run out of, by name, each in the unit of its name.
type Amounts map[string]float64

// names of amounts in the order of the table.
var names = []string{
	"memory in use, MiB", "of it private to processes, MiB", "disk, MiB", "file descriptors", "inotify instances", "processes and threads",
}

// Now looks at the machine; directory is on the disk that counts.
func Now(directory string) (Amounts, error) {
	a := Amounts{}
	total, available, err := memory()
	if err != nil {
		return nil, err
	}
	a[names[0]] = float64(total-available) / (1 << 10)
	private, err := usage.PrivateOfAll()
	if err != nil {
		return nil, err
	}
	a[names[1]] = float64(private) / (1 << 20)
	var disk unix.Statfs_t
	if err := unix.Statfs(directory, &disk); err != nil {
		return nil, fmt.Errorf("asking how full the disk of %s is: %w", directory, err)
	}
	a[names[2]] = float64((disk.Blocks-disk.Bfree)*uint64(disk.Bsize)) / (1 << 20)
	open, err := os.ReadFile("/proc/sys/fs/file-nr")
	if err != nil {
		return nil, err
	}
	if a[names[3]], err = strconv.ParseFloat(strings.Fields(string(open))[0], 64); err != nil {
		return nil, err
	}
	if a[names[4]], err = inotifyInstances(); err != nil {
		return nil, err
	}
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return nil, err
	}
	a[names[5]] = float64(info.Procs)
	return a, nil
}

// memory in all and what could be had without swapping, in KiB.
func memory() (total, available int64, err error) {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(content)) {
		if _, err := fmt.Sscanf(line, "MemTotal: %d kB", &total); err == nil {
			continue
		}
		if _, err := fmt.Sscanf(line, "MemAvailable: %d kB", &available); err == nil {
			return total, available, nil
		}
	}
	return 0, 0, fmt.Errorf("the kernel shows no MemAvailable")
}

func inotifyInstances() (count float64, err error) {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0, err
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "anon_inode:inotify" {
			count++
		}
	}
	return count, nil
}

// Markdown is a table of what each of a number of things cost.
func Markdown(before, after Amounts, number int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| | the machine before | with %d | for each |\n|---|---|---|---|\n", number)
	for _, name := range names {
		fmt.Fprintf(&b, "| %s | %.0f | %.0f | %.1f |\n", name, before[name], after[name], (after[name]-before[name])/float64(max(1, number)))
	}
	return b.String()
}
