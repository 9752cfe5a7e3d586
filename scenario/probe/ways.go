package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// way out of a machine that is a Pod. It does no harm where it is open: its attempt is refused for another reason, or changes nothing.
type way struct {
	name string
	try  func() error // nil if the way is open, or what closes it
}

var ways = []way{
	{"read a disk of the host", readDisk},
	{"read a disk after allowing all devices", func() error { return errors.Join(allowDevices(), readDisk()) }},
	{"read the host's memory", func() error { return readDevice("mem", unix.S_IFCHR, 1, 1) }},
	{"read the kernel's log", func() error { return readDevice("kmsg", unix.S_IFCHR, 1, 11) }},
	{"read the kernel's log by its call", func() error { _, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, make([]byte, 1)); return err }},
	{"load a kernel module", func() error { return permitted(unix.InitModule([]byte("x"), ""), unix.ENOEXEC) }},
	{"load another kernel", func() error { return permitted(call(unix.SYS_KEXEC_LOAD, 0, 1<<20, 0, 0), unix.EINVAL) }},
	{"open files by their number", openByNumber},
	{"set the clock", setClock},
	{"make a control group hierarchy with a release agent", newHierarchy},
	{"find a release agent in a hierarchy that is there", findAgent},
	{"restart the host by a key of the keyboard", func() error { return openToWrite("/proc/1/root/proc/sysrq-trigger") }},
	{"set the host's core pattern in the machine's files", func() error { return openToWrite("/proc/1/root/proc/sys/kernel/core_pattern") }},
	{"set the host's core pattern in a fresh /proc", freshSettings},
	{"see what processes of the host open, by a mark on a file system", markFileSystem},
	{"open a namespace by its handle", openNamespace},
	{"load a program into the kernel", func() error { return permitted(call(unix.SYS_BPF, 5 /* BPF_PROG_LOAD */, 0, 0, 0), unix.E2BIG) }},
	{"sample every process of the host", sampleProcessors},
	{"hold up the kernel with a fault of one's own", userFault},
	{"reach a keyring", func() error { _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); return err }},
	{"mount the kernel's debugging files", func() error { _, err := mounted("debugfs", ""); return err }},
	{"mount the kernel's tracing files", func() error { _, err := mounted("tracefs", ""); return err }},
	{"list the links of the host", hostLinks},
	{"put a link of one's own on a link of the host", hostMacvlan},
}

func tryWays() error {
	for _, w := range ways {
		if err := w.try(); err != nil {
			fmt.Printf("closed: %s: %s\n", w.name, strings.ReplaceAll(err.Error(), "\n", "; "))
			continue
		}
		fmt.Printf("open: %s\n", w.name)
	}
	return nil
}

// permitted distinguishes a refusal from an error that only a permitted caller gets.
func permitted(err, harmless error) error {
	if errors.Is(err, harmless) {
		return nil
	}
	return err
}

func call(number uintptr, a ...uintptr) error {
	if _, _, e := syscall.Syscall6(number, a[0], a[1], a[2], a[3], 0, 0); e != 0 {
		return e
	}
	return nil
}

// readDisk takes the first disk the kernel lists.
func readDisk() error {
	content, err := os.ReadFile("/proc/partitions")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		var major, minor uint32
		var blocks uint64
		var name string
		if n, _ := fmt.Sscan(line, &major, &minor, &blocks, &name); n == 4 && blocks > 0 {
			return readDevice(name, unix.S_IFBLK, major, minor)
		}
	}
	return errors.New("the kernel lists no disk: nothing was tried")
}

func readDevice(name string, kind, major, minor uint32) error {
	file := filepath.Join(os.TempDir(), "story-"+name)
	if err := os.MkdirAll(os.TempDir(), 0o755); err != nil {
		return err
	}
	if err := unix.Mknod(file, kind|0o600, int(unix.Mkdev(major, minor))); err != nil {
		return err
	}
	defer os.Remove(file)
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd) // a device that can be opened can be read
}

// allowDevices writes to the topmost control group that can be seen from here. In version 2 there is no such file.
func allowDevices() error {
	dir, err := mounted("cgroup", "devices")
	if err != nil {
		return nil // no devices controller: reading the disk shows it
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "devices.allow" {
			_ = os.WriteFile(path, []byte("a *:* rwm"), 0) // refused for some; reading the disk shows it
		}
		return nil
	})
}

func mounted(kind, options string) (string, error) {
	dir, err := os.MkdirTemp("", "story")
	if err != nil {
		return "", err
	}
	return dir, unix.Mount("none", dir, kind, 0, options)
}

func openByNumber() error {
	fd, err := unix.Open("/", unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	opened, err := unix.OpenByHandleAt(fd, unix.NewFileHandle(1, make([]byte, 8)), unix.O_RDONLY)
	if err == nil {
		return unix.Close(opened)
	}
	return permitted(permitted(err, unix.ESTALE), unix.EINVAL)
}

// setClock sets it to what it is.
func setClock() error {
	now := unix.NsecToTimespec(time.Now().UnixNano())
	return call(unix.SYS_CLOCK_SETTIME, unix.CLOCK_REALTIME, uintptr(unsafe.Pointer(&now)), 0, 0)
}

func newHierarchy() error {
	dir, err := mounted("cgroup", "none,name=story")
	if err != nil {
		return err
	}
	return unix.Unmount(dir, 0)
}

func findAgent() error {
	for _, controller := range []string{"memory", "devices", "pids", "cpu", "blkio", "freezer", "cpuset"} {
		dir, err := mounted("cgroup", controller)
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "release_agent")); err == nil {
			return nil
		}
	}
	return errors.New("there is none")
}

func openToWrite(file string) error {
	fd, err := unix.Open(file, unix.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return err
	}
	if s.Rdev == unix.Mkdev(1, 3) {
		return errors.New("it is covered by /dev/null")
	}
	return nil
}

func freshSettings() error {
	dir, err := mounted("proc", "")
	if err != nil {
		return err
	}
	return openToWrite(filepath.Join(dir, "sys/kernel/core_pattern"))
}
