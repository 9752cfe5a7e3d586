package node

import (
	"errors"
	"syscall"
)

// openFiles is what processes of a machine inherit: the soft limit that programs expect which close all descriptors or select on them, and as
// many as a program may ask for on AKS's nodes.
var openFiles = syscall.Rlimit{Cur: 1024, Max: 1 << 20}

// limitOpenFiles sets the limits of this process, and so of containerd and of all containers; otherwise they would be those of the
// process that started the management cluster. A machine that may not raise the host's hard limit keeps it.
func limitOpenFiles() error {
	err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &openFiles)
	if !errors.Is(err, syscall.EPERM) {
		return err
	}
	var inherited syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &inherited); err != nil {
		return err
	}
	lower := withinHard(openFiles, inherited.Max)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lower)
}

// withinHard are limits that a process without CAP_SYS_RESOURCE may set.
func withinHard(want syscall.Rlimit, hard uint64) syscall.Rlimit {
	return syscall.Rlimit{Cur: min(want.Cur, hard), Max: min(want.Max, hard)}
}
