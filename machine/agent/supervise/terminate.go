package supervise

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// TerminateAll sends SIGTERM to all processes that are left, as a machine does when it is shut down, and returns when they have ended or
// after grace. It does nothing unless this process is PID 1, with whose end the kernel kills the rest.
func TerminateAll(grace time.Duration) {
	if os.Getpid() != 1 {
		return
	}
	const all = -1
	_ = syscall.Kill(all, syscall.SIGTERM)
	for end := time.Now().Add(grace); time.Now().Before(end); {
		// Signal 0 only checks whether a process is left.
		if errors.Is(syscall.Kill(all, 0), syscall.ESRCH) {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}
