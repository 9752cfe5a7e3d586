package hardware

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lotse.dev/machine/boot"
)

const hostCPU = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu MHz\t\t: 2900.000\nphysical id\t: 1\nsiblings\t: 2\ncore id\t\t: 0\ncpu cores\t: 2\n\n" +
	"processor\t: 1\nvendor_id\t: GenuineIntel\n\n"

func TestAMachineShowsItsOwnSize(t *testing.T) {
	tree := Describe(boot.Size{CPUs: 4, MemoryBytes: 16 << 30}, hostCPU, "lotse://x", "boot")
	for sentence, c := range map[string]struct{ file, contains string }{
		"its memory is what the size says":                {"/proc/meminfo", "MemTotal:       16777216 kB\n"},
		"it has no swap":                                  {"/proc/meminfo", "SwapTotal:             0 kB\n"},
		"it has processors the host has not":              {"/proc/cpuinfo", "processor\t: 3\n"},
		"its processors are like the host's":              {"/proc/cpuinfo", "cpu MHz\t\t: 2900.000\n"},
		"each processor is a core":                        {"/proc/cpuinfo", "core id\t\t: 3\ncpu cores\t: 4\n"},
		"all are in one socket":                           {"/proc/cpuinfo", "physical id\t: 0\nsiblings\t: 4\n"},
		"all processors are online":                       {"/sys/devices/system/cpu/online", "0-3\n"},
		"every start of the machine is a boot of its own": {"/proc/sys/kernel/random/boot_id", "boot\n"},
		"its kubelet finds the kernel settings it wants":  {"/proc/sys/kernel/panic", "10\n"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if !strings.Contains(tree[c.file], c.contains) {
				t.Errorf("%s: %q", c.file, tree[c.file])
			}
		})
	}
	if n := strings.Count(tree["/proc/cpuinfo"], "processor"); n != 4 {
		t.Errorf("%d processors", n)
	}
}

// A file of the tree that is not mounted would show the host's.
func TestEveryFileIsMounted(t *testing.T) {
	for file := range Describe(boot.Size{CPUs: 2, MemoryBytes: 1 << 30}, hostCPU, "m", "b") {
		if !slices.ContainsFunc(replaced, func(r string) bool { return file == r || strings.HasPrefix(file, r+"/") }) {
			t.Errorf("%s is described and not mounted", file)
		}
	}
}

// cAdvisor reads a topology of processors and memory nodes where it finds these files.
func TestThereIsNoTopology(t *testing.T) {
	for file := range Describe(boot.Size{CPUs: 4, MemoryBytes: 16 << 30}, hostCPU, "m", "b") {
		if strings.Contains(file, "/topology/") || strings.HasPrefix(file, nodeTree+"/node") {
			t.Error(file)
		}
	}
}

func TestAnIdentityIsKeptAndIsAUUID(t *testing.T) {
	a, b := UUID([]byte("a")), UUID([]byte("b"))
	if a == b || a != UUID([]byte("a")) || len(a) != 36 || a[14] != '8' {
		t.Error(a, b)
	}
}

func TestATreeIsWritten(t *testing.T) {
	dir := t.TempDir()
	if err := Describe(boot.Size{CPUs: 2, MemoryBytes: 1 << 30}, hostCPU, "m", "b").write(dir); err != nil {
		t.Fatal(err)
	}
	online, err := os.ReadFile(filepath.Join(dir, "sys/devices/system/cpu/online"))
	if err != nil || string(online) != "0-1\n" {
		t.Errorf("%q %v", online, err)
	}
}
