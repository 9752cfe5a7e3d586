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

	"lotse.dev/management/teardown"
)

// needed are the programs that must be installed, and Debian's packages that have them.
var needed = []struct{ program, pkg string }{
	{"runc", "runc"}, {"nft", "nftables"}, {"ip", "iproute2"}, {"mount", "mount"},
}

// reserved is the range of the management cluster's addresses.
var reserved = netip.MustParsePrefix("100.96.0.0/14")

// Gather looks at the machine. It changes nothing: what has to be tried is tried in a network namespace that ends with the trial.
func Gather(q Question) (Facts, error) {
	f := Facts{Root: os.Geteuid() == 0, Data: q.Data, Address: q.Address}
	if !f.Root {
		return f, nil
	}
	_, err := os.Stat(filepath.Join(q.Data, "before.json"))
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
	steps := []func(*Facts, Question, map[int]teardown.Process) error{listening, links, filter, groups, remains}
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

// missingKernel tries each feature; the kernel loads its module by itself where it can.
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

// free is the room on the disk that has dir or the nearest directory above it.
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

// others finds agents in our control groups with another data directory.
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
		return nil // they are ours
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
		addresses, _ := i.Addrs() // none if the link is gone meanwhile
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

func groups(f *Facts, _ Question, _ map[int]teardown.Process) error {
	mounts, err := teardown.MountTable()
	if err != nil {
		return err
	}
	v1, _ := os.ReadFile("/proc/cgroups")
	v2, _ := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
	f.MissingControllers = missingControllers(mounts, string(v1), string(v2))
	return nil
}

// missingControllers: version 2 lists them in one file, version 1 in a table whose last column says whether they are enabled.
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

// remains are leftovers only where nothing is known of them: an installation that is merely stopped or was interrupted goes on.
func remains(f *Facts, q Question, _ map[int]teardown.Process) (err error) {
	if f.Installed || q.Running || len(f.MissingPackages) > 0 {
		return nil
	}
	s := q.Scope
	s.ForeignTables = slices.Concat(s.Tables, s.SharedTables)
	f.Leftovers, err = s.Remains()
	return err
}
