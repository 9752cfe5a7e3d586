package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"lotse.dev/machine/agent/cgroup"
	"lotse.dev/machine/agent/hardware"
	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/boot"
)

// prepare the Pod to be a machine.
func prepare(m boot.Machine, log *slog.Logger) error {
	for _, step := range preparations(m) {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	for _, reason := range setSysctls() {
		log.Info("sysctl not set", "reason", reason)
	}
	return nil
}

// preparation of a machine.
type preparation struct {
	what string
	do   func() error
}

// preparations in their order. The sysctls come before the machine's size: mounting /proc/sys over itself hides what was mounted below it.
func preparations(m boot.Machine) []preparation {
	return []preparation{
		{"mounting the machine's cgroups", cgroup.Mount},
		{"sharing mounts with pods", shareMounts},
		{"making a fresh /run", freshRun},
		{"setting the hostname", func() error { return unix.Sethostname([]byte(m.NodeName)) }},
		{"checking the disk", checkDisk},
		{"putting logs on the disk", logsOnDisk},
		{"making the host's sysctls read-only", protectSysctls},
		{"showing the machine's size", func() error { return showSize(m) }},
		{"providing /dev/kmsg", kernelMessages},
		{"masking files that reach the host", maskHostFiles},
		{"limiting open files", limitOpenFiles},
		{"choosing kube-proxy's programs", proxyPrograms},
	}
}

// shareMounts lets what the kubelet mounts for a pod appear in the containers that ask for it (mount propagation).
func shareMounts() error {
	return unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, "")
}

// freshRun hides what the host's container runtime mounted under /run, such as credentials of the management cluster, and lets containerd
// start without the state of the containers before the restart, as a reboot would.
func freshRun() error {
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	return os.MkdirAll("/run/lock", 0o1777)
}

// checkDisk finds a mistake in the volumes that would make every pod fail with an unclear error.
func checkDisk() error {
	const dir = "/var/lib/containerd"
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return err
	}
	if s.Type == unix.OVERLAYFS_SUPER_MAGIC {
		return fmt.Errorf("%s is on overlayfs, and overlays cannot stack: mount a volume there", dir)
	}
	return nil
}

func logsOnDisk() error {
	disk := filepath.Join(settings.KubeletDir, "machine", "log")
	for _, dir := range []string{disk, "/var/log"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return unix.Mount(disk, "/var/log", "", unix.MS_BIND, "")
}

func showSize(m boot.Machine) error {
	cpuInfo, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return err
	}
	identity := m.ProviderID + " " + m.NodeName
	bootUUID := hardware.UUID([]byte(rand.Text()))
	if err := hardware.Describe(m.Size, string(cpuInfo), identity, bootUUID).Mount("/run/lotse/hardware"); err != nil {
		return err
	}
	machineID := strings.ReplaceAll(hardware.UUID([]byte(identity)), "-", "")
	return os.WriteFile("/etc/machine-id", []byte(machineID+"\n"), 0o444)
}

// kernelMessages are read by the kubelet, which does not start without /dev/kmsg. The kernel's own messages are about every machine on the
// host, so a machine gets none; the kubelet also learns from containerd that a container ran out of memory.
func kernelMessages() error {
	if err := os.Remove("/dev/kmsg"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink("null", "/dev/kmsg")
}

// protectSysctls makes all sysctls read-only except those of the machine's network namespace.
func protectSysctls() error {
	const all, own = "/proc/sys", "/proc/sys/net"
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	for _, m := range []struct {
		dir   string
		flags uintptr
	}{{all, unix.MS_RDONLY}, {own, 0}} {
		if err := unix.Mount(m.dir, m.dir, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", m.dir, err)
		}
		if err := unix.Mount("", m.dir, "", unix.MS_REMOUNT|unix.MS_BIND|flags|m.flags, ""); err != nil {
			return fmt.Errorf("%s: %w", m.dir, err)
		}
	}
	return nil
}

// maskHostFiles hides the files by which a machine could restart the host or read its memory.
func maskHostFiles() error {
	for _, file := range []string{"/proc/sysrq-trigger", "/proc/kcore"} {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := unix.Mount("/dev/null", file, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}
