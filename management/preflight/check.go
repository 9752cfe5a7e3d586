package preflight

import (
	"errors"
	"fmt"
	"strings"

	"lotse.dev/api/v1alpha1"
)

const (
	// MinimumMemory is what the management cluster, Lotse and one small hosted cluster need. A machine of 4 GiB has a little less.
	MinimumMemory = 3800 << 20
	// MinimumDisk is what the images need in containerd, unpacked, and in the registry.
	MinimumDisk = 15 << 30
)

// Finding is one obstacle and how to remove it.
type Finding struct{ Obstacle, Remedy string }

// Findings are all obstacles.
type Findings []Finding

// Err returns nil if there are none.
func (f Findings) Err() error {
	if len(f) == 0 {
		return nil
	}
	lines := []string{"this host is not ready for Lotse:"}
	for _, x := range f {
		lines = append(lines, fmt.Sprintf("  - %s\n    → %s", x.Obstacle, x.Remedy))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// Check decides on the facts. What matters only before the first start is not required afterwards.
func Check(f Facts) Findings {
	if !f.Root {
		return Findings{{"you are not root", "run it with sudo"}}
	}
	var all Findings
	for _, check := range []func(Facts) Findings{other, leftovers, programs, kernel, controllers, capacity, ports, addresses, tables} {
		all = append(all, check(f)...)
	}
	return all
}

func other(f Facts) (found Findings) {
	for _, dir := range f.OtherInstallations {
		found = append(found, Finding{"another installation runs on this host, in " + dir, "lotse down --data-dir " + dir})
	}
	return found
}

func leftovers(f Facts) Findings {
	if len(f.Leftovers) == 0 || len(f.OtherInstallations) > 0 {
		return nil
	}
	return Findings{{
		fmt.Sprintf("an earlier installation left %d things behind, such as %s", len(f.Leftovers), f.Leftovers[0]),
		"lotse purge --data-dir " + f.Data,
	}}
}

func programs(f Facts) Findings {
	if len(f.MissingPackages) == 0 {
		return nil
	}
	return Findings{{
		"programs are missing: " + strings.Join(f.MissingPackages, ", "),
		"on Debian and Ubuntu: apt-get install " + strings.Join(f.MissingPackages, " "),
	}}
}

func kernel(f Facts) (found Findings) {
	for _, k := range f.MissingKernel {
		found = append(found, Finding{"the kernel has no " + k, fmt.Sprintf("modprobe %s; if that fails, use a kernel that has it", module(k))})
	}
	return found
}

func module(feature string) string {
	if feature == "nftables" {
		return "nf_tables"
	}
	return feature
}

func controllers(f Facts) Findings {
	if len(f.MissingControllers) == 0 {
		return nil
	}
	return Findings{{
		"the kernel has no cgroup controller for " + strings.Join(f.MissingControllers, ", "),
		"boot with cgroup_enable=memory cgroup_memory=1, or mount cgroups: mount -t cgroup2 none /sys/fs/cgroup",
	}}
}

func capacity(f Facts) (found Findings) {
	if f.Memory < MinimumMemory {
		found = append(found, Finding{
			fmt.Sprintf("the host has %.1f GiB of memory; Lotse needs 4", gib(f.Memory)), "use a larger host",
		})
	}
	if !f.Installed && f.Disk < MinimumDisk {
		found = append(found, Finding{
			fmt.Sprintf("the disk under %s has %.1f GiB free; Lotse needs %.0f", f.Data, gib(f.Disk), gib(MinimumDisk)),
			"free some space, or choose another disk with --data-dir",
		})
	}
	return found
}

func gib(bytes uint64) float64 { return float64(bytes) / (1 << 30) }

func ports(f Facts) (found Findings) {
	for _, t := range f.Taken {
		by := t.By
		if by == "" {
			by = "another process"
		}
		remedy := "stop it, or make it listen elsewhere"
		if t.Port == f.Listen {
			remedy += "; or choose another port with --listen"
		}
		found = append(found, Finding{fmt.Sprintf("%s listens on %s", by, t.Port), remedy})
	}
	return found
}

func addresses(f Facts) (found Findings) {
	for _, a := range f.ForeignAddresses {
		found = append(found, Finding{
			fmt.Sprintf("%s is in %s, which Lotse uses inside this host", a, v1alpha1.ManagementRange), "give that link another address, or take it down",
		})
	}
	if f.Address != "" && !f.AddressIsOurs {
		found = append(found, Finding{f.Address + " is not an address of this host", "give one of `ip address` with --address"})
	}
	return found
}

func tables(f Facts) Findings {
	if f.Installed || len(f.ForeignTables) == 0 {
		return nil
	}
	return Findings{{
		"another Kubernetes has the packet filter table " + strings.Join(f.ForeignTables, ", "),
		"two kube-proxies cannot share it: stop the other one; if none runs, remove the table with `nft delete table` and its name",
	}}
}
