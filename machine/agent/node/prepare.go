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

// prepare makes a machine of the Pod.
func prepare(m boot.Machine, log *slog.Logger) error {
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"mounting the machine's cgroups", cgroup.Mount},
		{"sharing mounts with pods", shareMounts},
		{"making a fresh /run", freshRun},
		{"naming the machine", func() error { return unix.Sethostname([]byte(m.NodeName)) }},
		{"checking the disk", checkDisk},
		{"putting logs on the disk", logsOnDisk},
		{"showing the machine's size", func() error { return showSize(m) }},
		{"providing /dev/kmsg", kernelMessages},
		{"masking what reaches the host", mask},
		{"guarding the host's kernel settings", guardSettings},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	for _, refusal := range setKernel() {
		log.Info("kernel setting left as it is", "reason", refusal)
	}
	return nil
}

// shareMounts lets what the kubelet mounts for a pod appear in the containers that ask for it (mount propagation).
func shareMounts() error {
	return unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, "")
}

// freshRun covers what the host's container runtime put under /run, such as credentials of the management cluster, and starts containerd
// without a trace of the containers before the restart, as a reboot would.
func freshRun() error {
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	return os.MkdirAll("/run/lock", 0o1777)
}

// checkDisk finds the one mistake that would make every pod fail with an error nobody understands.
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

// kernelMessages are read by the kubelet, which does not start without them. The kernel's own tell of every machine on the host, so there
// are none; that a container ran out of memory, the kubelet also learns from containerd.
func kernelMessages() error {
	if err := os.Remove("/dev/kmsg"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink("null", "/dev/kmsg")
}

// guardSettings leaves of the kernel's settings only those of the machine's network namespace to be written.
func guardSettings() error {
	const all, own = "/proc/sys", "/proc/sys/net"
	const safe = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	for _, m := range []struct {
		dir   string
		flags uintptr
	}{{all, unix.MS_RDONLY}, {own, 0}} {
		if err := unix.Mount(m.dir, m.dir, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", m.dir, err)
		}
		if err := unix.Mount("", m.dir, "", unix.MS_REMOUNT|unix.MS_BIND|safe|m.flags, ""); err != nil {
			return fmt.Errorf("%s: %w", m.dir, err)
		}
	}
	return nil
}

// mask covers files by which a machine could restart or read the host as a whole.
func mask() error {
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
