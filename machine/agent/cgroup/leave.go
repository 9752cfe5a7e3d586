package cgroup

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Leave the inherited cgroup namespace and execute this same program with args. It returns only on an error.
//
// A cgroup namespace belongs to a thread, and a Go program cannot choose the threads it runs on; but exec makes the calling thread the
// whole process.
func Leave(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("leaving the inherited cgroup namespace (does the Pod have CAP_SYS_ADMIN?): %w", err)
	}
	if err := syscall.Exec(self, args, os.Environ()); err != nil {
		return fmt.Errorf("executing this program in the new cgroup namespace: %w", err)
	}
	return nil
}
