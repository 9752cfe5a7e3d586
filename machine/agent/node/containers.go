package node

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// containerGrace is how long containers may take to end when the machine is switched off.
const containerGrace = 5 * time.Second

// endContainers asks the processes of all containers to end, and returns when they have or after grace. What shares the machine's own
// process namespace (hostPID) is left to the very end of the machine.
func endContainers(grace time.Duration) {
	for _, pid := range contained() {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	for end := time.Now().Add(grace); time.Now().Before(end) && len(contained()) > 0; {
		<-time.After(50 * time.Millisecond)
	}
}

// contained are the processes in other process namespaces than this one.
func contained() []int {
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
			continue // ended meanwhile, or ours
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(link)))); err == nil {
			all = append(all, pid)
		}
	}
	return all
}
