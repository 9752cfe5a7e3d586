package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/management/teardown"
)

// needed are the programs that must be installed, and Debian's packages of them.
var needed = []struct{ program, pkg string }{
	{"nft", "nftables"}, {"ip", "iproute2"}, {"mount", "mount"},
}

// reserved is the range of the management cluster's addresses.
var reserved = netip.MustParsePrefix(v1alpha1.ManagementRange)

// Gather collects the facts and changes nothing: trials run in a network namespace of their own.
func Gather(q Question) (Facts, error) {
	f := Facts{Root: os.Geteuid() == 0, Data: q.Data, Address: q.Address}
	if !f.Root {
		return f, nil
	}
	_, err := os.Stat(q.InitialState)
	f.Installed = err == nil
	f.MissingPackages = missingPackages()
	if len(f.MissingPackages) == 0 && !q.Running {
		f.MissingKernel = missingKernel()
	}
	f.Memory, f.Disk = memory(), free(q.Data)
	table, err := teardown.Table()
	if err != nil {
		return f, err
	}
	f.OtherInstallations = others(table, q)
	steps := []func(*Facts, Question, map[int]teardown.Process) error{listening, links, filter, cgroups, leftoversOf}
	for _, step := range steps {
		if err := step(&f, q, table); err != nil {
			return f, err
		}
	}
	return f, nil
}

func missingPackages() (missing []string) {
	for _, n := range needed {
		if _, err := exec.LookPath(n.program); err != nil {
			missing = append(missing, n.pkg)
		}
	}
	return missing
}

// missingKernel tries each feature. The kernel loads the modules that it has.
func missingKernel() (missing []string) {
	filesystems, _ := os.ReadFile("/proc/filesystems")
	if !strings.Contains(string(filesystems), "\toverlay\n") && exec.Command("modprobe", "overlay").Run() != nil {
		missing = append(missing, "overlay")
	}
	for _, t := range []struct {
		feature string
		trial   []string
	}{
		{"bridge", []string{"ip", "link", "add", "trial", "type", "bridge"}},
		{"veth", []string{"ip", "link", "add", "trial", "type", "veth", "peer", "name", "trial2"}},
		{"vxlan", []string{"ip", "link", "add", "trial", "type", "vxlan", "id", "1", "dstport", "4789", "dev", "lo"}},
		{"nftables", []string{"nft", "add table ip trial; add chain ip trial c { type nat hook postrouting priority 0; }; add rule ip trial c masquerade"}},
	} {
		cmd := exec.Command(t.trial[0], t.trial[1:]...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		if cmd.Run() != nil {
			missing = append(missing, t.feature)
		}
	}
	return missing
}

func memory() uint64 {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return info.Totalram * uint64(info.Unit)
}

// free returns the free bytes on the disk of dir, or of the nearest directory above it that exists.
func free(dir string) uint64 {
	var stat syscall.Statfs_t
	for err := syscall.Statfs(dir, &stat); err != nil; err = syscall.Statfs(dir, &stat) {
		if !errors.Is(err, fs.ErrNotExist) || dir == "/" {
			return 0
		}
		dir = filepath.Dir(dir)
	}
	return stat.Bavail * uint64(stat.Bsize)
}

// others returns the data directories of other agents in the same cgroups.
func others(table map[int]teardown.Process, q Question) (dirs []string) {
	for _, p := range table {
		if q.Scope.Owns(p) && len(p.Args) == 4 && filepath.Base(p.Args[0]) == "lotse-node" && p.Args[1] == "host" {
			if dir := filepath.Dir(p.Args[3]); dir != q.Data && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

func listening(f *Facts, q Question, table map[int]teardown.Process) error {
	host, port, err := net.SplitHostPort(q.Listen)
	number, errNumber := strconv.Atoi(port)
	if err != nil || errNumber != nil {
		return fmt.Errorf("--listen %q is not an address and a port, such as 127.0.0.1:8443", q.Listen)
	}
	f.Listen = Port{host, number}
	if q.Running {
		return nil // Lotse has its ports itself
	}
	f.Taken, err = taken(append(slices.Clone(q.Ports), f.Listen), q.Scope, table)
	return err
}

func links(f *Facts, q Question, _ map[int]teardown.Process) error {
	all, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("network links: %w", err)
	}
	ours, err := q.Scope.NetworkLinks()
	if err != nil {
		return err
	}
	for _, i := range all {
		addresses, _ := i.Addrs() // none if the link was deleted meanwhile
		for _, a := range addresses {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			f.AddressIsOurs = f.AddressIsOurs || prefix.Addr().String() == q.Address
			if reserved.Contains(prefix.Addr()) && !slices.Contains(ours, i.Name) {
				f.ForeignAddresses = append(f.ForeignAddresses, fmt.Sprintf("%s on %s", prefix.Addr(), i.Name))
			}
		}
	}
	return nil
}

func filter(f *Facts, q Question, _ map[int]teardown.Process) error {
	if len(f.MissingPackages) > 0 {
		return nil
	}
	all, err := teardown.AllTables()
	for _, t := range all {
		if slices.Contains(q.Tables, t) && strings.HasSuffix(t, "kube-proxy") {
			f.ForeignTables = append(f.ForeignTables, t)
		}
	}
	return err
}

func cgroups(f *Facts, _ Question, _ map[int]teardown.Process) error {
	mounts, err := teardown.MountTable()
	if err != nil {
		return err
	}
	v1, _ := os.ReadFile("/proc/cgroups")
	v2, _ := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
	f.MissingControllers = missingControllers(mounts, string(v1), string(v2))
	return nil
}

// missingControllers compares with the list of cgroup v2, or with the table of v1, whose last column is 1 for enabled ones.
func missingControllers(mounts []teardown.Mount, v1, v2 string) (missing []string) {
	have := strings.Fields(v2)
	v1Mounted := slices.ContainsFunc(mounts, func(m teardown.Mount) bool { return m.Type == "cgroup" })
	if len(have) == 0 && v1Mounted {
		for line := range strings.Lines(v1) {
			if fields := strings.Fields(line); len(fields) == 4 && fields[3] == "1" {
				have = append(have, fields[0])
			}
		}
	}
	for _, c := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !slices.Contains(have, c) {
			missing = append(missing, c)
		}
	}
	return missing
}

// leftoversOf an installation whose record is lost. An installation that was stopped or interrupted has its record and can continue.
func leftoversOf(f *Facts, q Question, _ map[int]teardown.Process) (err error) {
	if f.Installed || q.Running || len(f.MissingPackages) > 0 {
		return nil
	}
	s := q.Scope
	s.ForeignTables = slices.Concat(s.Tables, s.SharedTables)
	f.Leftovers, err = s.Leftovers()
	return err
}
