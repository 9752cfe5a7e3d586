package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// describeMachine says what the figures were measured on.
func describeMachine() string {
	return fmt.Sprintf("%d cores (%s), %s of memory, Linux %s, %s",
		runtime.NumCPU(), lineOf("/proc/cpuinfo", "model name"), memory(), firstLine("/proc/sys/kernel/osrelease"),
		strings.Trim(lineOf("/etc/os-release", "PRETTY_NAME"), `"`))
}

func memory() string {
	kib := int64(0)
	if _, err := fmt.Sscanf(lineOf("/proc/meminfo", "MemTotal"), "%d kB", &kib); err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.1f GiB", float64(kib)/(1<<20))
}

// lineOf is what follows a key and = or : in a file.
func lineOf(file, key string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, "\t :="))
		}
	}
	return "unknown"
}

func firstLine(file string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return line
}
