package node

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// containerGrace is how long containers may take to exit when the machine shuts down.
const containerGrace = 5 * time.Second

// terminateContainers sends SIGTERM to the processes of all containers, and returns when they have exited or after grace. Containers in the
// machine's own process namespace (hostPID) run until TerminateAll.
func terminateContainers(grace time.Duration) {
	for _, pid := range containerProcesses() {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	for end := time.Now().Add(grace); time.Now().Before(end) && len(containerProcesses()) > 0; {
		<-time.After(50 * time.Millisecond)
	}
}

// containerProcesses are the processes in other process namespaces than this one.
func containerProcesses() []int {
	own, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return nil
	}
	// The pattern is well-formed, which is all that Glob complains about.
	links, _ := filepath.Glob("/proc/[0-9]*/ns/pid")
	var all []int
	for _, link := range links {
		namespace, err := os.Readlink(link)
		if err != nil || namespace == own {
			continue // it has exited, or is in this namespace
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(link)))); err == nil {
			all = append(all, pid)
		}
	}
	return all
}
