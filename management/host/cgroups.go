package host

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lotse.dev/management/teardown"
)

// agentCgroup holds lotse-node and its processes; the Pods are beside it.
const agentCgroup = "lotse/agent"

// makeCgroups makes our control groups in every hierarchy and returns the files that take a process into the agent's. It is for
// machines without systemd, which would do it otherwise.
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
		return nil, fmt.Errorf("no control groups are mounted: mount -t cgroup2 none /sys/fs/cgroup")
	}
	return entries, nil
}

func makeCgroup(m teardown.Mount, v1 bool) error {
	if err := os.MkdirAll(filepath.Join(m.Point, agentCgroup), 0o755); err != nil {
		return fmt.Errorf("control group: %w", err)
	}
	for _, dir := range []string{filepath.Join(m.Point, "lotse"), filepath.Join(m.Point, agentCgroup)} {
		if err := inheritCPUs(dir); err != nil {
			return err
		}
	}
	if m.Type == "cgroup2" && !v1 {
		return delegate(m.Point)
	}
	return withhold(m.Point)
}

// podCgroup is where the kubelet puts all Pods.
const podCgroup = "lotse/kubepods"

// withheld are devices by which a Pod would reach past its own files: disks, memory, ports, firmware, the kernel's log. A machine has rights
// enough to allow itself any device in its own control group, but not one that is denied above it. Making device files stays allowed,
// because container runtimes insist on that.
var withheld = []string{
	"b *:* rw",                         // block devices
	"c 1:1 rw", "c 1:2 rw", "c 1:4 rw", // mem, kmem, port
	"c 1:11 rw",                                 // kmsg
	"c 10:144 rw", "c 10:237 rw", "c 10:196 rw", // nvram, loop-control, vfio
	"c 21:* rw", "c 90:* rw", "c 162:* rw", "c 202:* rw", // SCSI, flash and raw disks; processor registers
}

// withhold takes devices from all Pods, where control groups of version 1 govern devices. (In version 2 each container brings its own rule.)
func withhold(mount string) error {
	if !exists(filepath.Join(mount, "devices.deny")) {
		return nil
	}
	dir := filepath.Join(mount, podCgroup)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("control group: %w", err)
	}
	for _, device := range withheld {
		if err := os.WriteFile(filepath.Join(dir, "devices.deny"), []byte(device), 0o644); err != nil {
			return fmt.Errorf("withhold device %q: %w", device, err)
		}
	}
	return nil
}

// inheritCPUs gives a new group of the old cpuset controller its parent's processors and memory; it takes no process before.
func inheritCPUs(dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		file := filepath.Join(dir, name)
		have, err := os.ReadFile(file)
		parent, errParent := os.ReadFile(filepath.Join(filepath.Dir(dir), name))
		if err != nil || errParent != nil || len(bytes.TrimSpace(have)) > 0 {
			continue // another controller, or set already
		}
		if err := os.WriteFile(file, parent, 0o644); err != nil {
			return fmt.Errorf("control group %s: %w", dir, err)
		}
	}
	return nil
}

// delegate enables in cgroup v2 every controller for our group's children.
func delegate(root string) error {
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("control group controllers: %w", err)
	}
	for _, dir := range []string{root, filepath.Join(root, "lotse")} {
		for _, c := range strings.Fields(string(controllers)) {
			if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
				return fmt.Errorf("control group controller %s in %s: %w", c, dir, err)
			}
		}
	}
	return nil
}
