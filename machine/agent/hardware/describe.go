package hardware

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"strconv"
	"strings"

	"lotse.dev/machine/boot"
)

const (
	memInfo   = "/proc/meminfo"
	cpuInfo   = "/proc/cpuinfo"
	bootID    = "/proc/sys/kernel/random/boot_id"
	productID = "/sys/devices/virtual/dmi/id/product_uuid"
	cpuTree   = "/sys/devices/system/cpu"
	nodeTree  = "/sys/devices/system/node"
)

// kernelSettings are those that a kubelet sets when it starts, with the values it sets. They belong to the host, where a machine cannot write them:
// where the host has others, the kubelet would not start. It finds them as it wants them, and leaves them alone.
var kernelSettings = Tree{
	"/proc/sys/vm/overcommit_memory":      "1\n",
	"/proc/sys/vm/panic_on_oom":           "0\n",
	"/proc/sys/kernel/panic":              "10\n",
	"/proc/sys/kernel/panic_on_oops":      "1\n",
	"/proc/sys/kernel/keys/root_maxkeys":  "1000000\n",
	"/proc/sys/kernel/keys/root_maxbytes": "25000000\n",
}

// Tree is a set of files, contents by absolute path.
type Tree map[string]string

// Describe a machine of a size. hostCPUInfo is the host's /proc/cpuinfo, which the machine's processors are copied from. identity
// stays the same as long as the machine exists; bootUUID is new with each start.
func Describe(size boot.Size, hostCPUInfo, identity, bootUUID string) Tree {
	t := Tree{
		memInfo:   memory(size.MemoryBytes),
		cpuInfo:   processors(hostCPUInfo, int(size.CPUs)),
		bootID:    bootUUID + "\n",
		productID: UUID([]byte(identity)) + "\n",
	}
	t.cpus(int(size.CPUs))
	maps.Copy(t, kernelSettings)
	return t
}

// memory is a /proc/meminfo. All memory is free: the machine's cgroup counts what is used, and no node component reads it here. There is
// no swap.
func memory(bytes int64) string {
	var b strings.Builder
	for _, l := range []struct {
		name string
		kB   int64
	}{
		{"MemTotal", bytes >> 10}, {"MemFree", bytes >> 10}, {"MemAvailable", bytes >> 10}, {"Buffers", 0}, {"Cached", 0},
		{"SwapCached", 0}, {"Active", 0}, {"Inactive", 0}, {"SwapTotal", 0}, {"SwapFree", 0}, {"Dirty", 0}, {"Writeback", 0},
		{"AnonPages", 0}, {"Mapped", 0}, {"Shmem", 0}, {"Slab", 0}, {"SReclaimable", 0}, {"SUnreclaim", 0}, {"KernelStack", 0},
		{"PageTables", 0}, {"CommitLimit", bytes >> 10}, {"Committed_AS", 0},
	} {
		fmt.Fprintf(&b, "%-15s %8d kB\n", l.name+":", l.kB)
	}
	return b.String()
}

// processors is a /proc/cpuinfo with n processors like the first one of the host.
func processors(host string, n int) string {
	first, _, _ := strings.Cut(host, "\n\n")
	var b strings.Builder
	for i := range n {
		own := map[string]string{
			"processor": strconv.Itoa(i), "core id": strconv.Itoa(i), "apicid": strconv.Itoa(i), "initial apicid": strconv.Itoa(i),
			"physical id": "0", "siblings": strconv.Itoa(n), "cpu cores": strconv.Itoa(n),
		}
		for line := range strings.SplitSeq(strings.TrimSpace(first), "\n") {
			name, value, _ := strings.Cut(line, ":")
			if v, is := own[strings.TrimSpace(name)]; is {
				value = " " + v
			}
			b.WriteString(name + ":" + value + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cpus are n processors without a topology. With one, the kubelet would bind all pods to exactly these processors by their numbers: a
// machine that is larger than its host could not start at all, and small machines would share the host's first processors. Without one it
// counts them and leaves the cpuset as it is.
func (t Tree) cpus(n int) {
	for _, name := range []string{"online", "possible", "present"} {
		t[path.Join(cpuTree, name)] = list(n) + "\n"
	}
	t[path.Join(cpuTree, "offline")] = "\n"
	t[path.Join(cpuTree, "kernel_max")] = strconv.Itoa(n-1) + "\n"
	for i := range n {
		t[path.Join(cpuTree, "cpu"+strconv.Itoa(i), "online")] = "1\n"
	}
	// Memory nodes would be a topology too.
	t[path.Join(nodeTree, "online")] = "\n"
}

// list is the kernel's notation for the first n processors.
func list(n int) string {
	if n == 1 {
		return "0"
	}
	return "0-" + strconv.Itoa(n-1)
}

// UUID derived from seed.
func UUID(seed []byte) string {
	s := sha256.Sum256(seed)
	s[6] = s[6]&0x0f | 0x80 // version 8: made by the application
	s[8] = s[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", s[:4], s[4:6], s[6:8], s[8:10], s[10:16])
}
