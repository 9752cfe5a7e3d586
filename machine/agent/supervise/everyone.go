package supervise

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// EndEveryone asks all processes that are left to end, as a machine does when it is switched off, and returns when they have or after
// grace. It does nothing unless this process is PID 1, whose end takes the rest with it.
func EndEveryone(grace time.Duration) {
	if os.Getpid() != 1 {
		return
	}
	const everyone = -1
	_ = syscall.Kill(everyone, syscall.SIGTERM)
	for end := time.Now().Add(grace); time.Now().Before(end); {
		// Signal 0 reaches nobody when nobody is left.
		if errors.Is(syscall.Kill(everyone, 0), syscall.ESRCH) {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}
