package host

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lotse.dev/management/teardown"
)

// agentCgroup holds lotse-node and its processes. Pods are in podCgroup.
const agentCgroup = "lotse/agent"

// makeCgroups makes Lotse's cgroups in every hierarchy and returns the files that move a process into the agent's. systemd does that on
// hosts where it runs.
func makeCgroups() (entries []string, err error) {
	mounts, err := teardown.MountTable()
	if err != nil {
		return nil, err
	}
	v1 := false
	for _, m := range mounts {
		v1 = v1 || m.Type == "cgroup"
	}
	for _, m := range mounts {
		if m.Type != "cgroup" && m.Type != "cgroup2" {
			continue
		}
		if err := makeCgroup(m, v1); err != nil {
			return nil, err
		}
		entries = append(entries, filepath.Join(m.Point, agentCgroup, "cgroup.procs"))
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("no cgroups are mounted; run mount -t cgroup2 none /sys/fs/cgroup")
	}
	return entries, nil
}

func makeCgroup(m teardown.Mount, v1 bool) error {
	if err := os.MkdirAll(filepath.Join(m.Point, agentCgroup), 0o755); err != nil {
		return fmt.Errorf("make cgroup: %w", err)
	}
	for _, dir := range []string{filepath.Join(m.Point, "lotse"), filepath.Join(m.Point, agentCgroup)} {
		if err := inheritCPUs(dir); err != nil {
			return err
		}
	}
	if m.Type == "cgroup2" && !v1 {
		return delegate(m.Point)
	}
	return denyDevices(m.Point)
}

// podCgroup is where the kubelet puts all Pods.
const podCgroup = "lotse/kubepods"

// deniedDevices give access to the host: disks, memory, ports, firmware, the kernel's log. A machine has enough rights to allow itself any
// device in its own cgroup, but not one that a parent denies. Making device files stays allowed, because container runtimes need that.
var deniedDevices = []string{
	"b *:* rw",                         // block devices
	"c 1:1 rw", "c 1:2 rw", "c 1:4 rw", // mem, kmem, port
	"c 1:11 rw",                                 // kmsg
	"c 10:144 rw", "c 10:237 rw", "c 10:196 rw", // nvram, loop-control, vfio
	"c 21:* rw", "c 90:* rw", "c 162:* rw", "c 202:* rw", // SCSI, flash and raw disks; processor registers
}

// denyDevices denies devices to all Pods where cgroup v1 governs devices. (In v2 each container has its own rule.)
func denyDevices(mount string) error {
	if !exists(filepath.Join(mount, "devices.deny")) {
		return nil
	}
	dir := filepath.Join(mount, podCgroup)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make cgroup: %w", err)
	}
	for _, device := range deniedDevices {
		if err := os.WriteFile(filepath.Join(dir, "devices.deny"), []byte(device), 0o644); err != nil {
			return fmt.Errorf("deny device %q: %w", device, err)
		}
	}
	return nil
}

// inheritCPUs gives a new cgroup of the v1 cpuset controller its parent's processors and memory; it takes no process without them.
func inheritCPUs(dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		file := filepath.Join(dir, name)
		have, err := os.ReadFile(file)
		parent, errParent := os.ReadFile(filepath.Join(filepath.Dir(dir), name))
		if err != nil || errParent != nil || len(bytes.TrimSpace(have)) > 0 {
			continue // another controller, or set already
		}
		if err := os.WriteFile(file, parent, 0o644); err != nil {
			return fmt.Errorf("cgroup %s: %w", dir, err)
		}
	}
	return nil
}

// delegate enables every controller of cgroup v2 for the children of Lotse's cgroup.
func delegate(root string) error {
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("cgroup controllers: %w", err)
	}
	for _, dir := range []string{root, filepath.Join(root, "lotse")} {
		for _, c := range strings.Fields(string(controllers)) {
			if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
				return fmt.Errorf("cgroup controller %s in %s: %w", c, dir, err)
			}
		}
	}
	return nil
}
