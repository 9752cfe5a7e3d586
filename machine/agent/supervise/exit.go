package supervise

import (
	"fmt"
	"syscall"
)

// Exit is how a program ended.
type Exit struct {
	Code   int
	Signal syscall.Signal // 0 if it exited by itself
}

func exitOf(status syscall.WaitStatus) Exit {
	if status.Signaled() {
		return Exit{Code: 128 + int(status.Signal()), Signal: status.Signal()}
	}
	return Exit{Code: status.ExitStatus()}
}

// Ok reports whether the program exited by itself with code 0.
func (e Exit) Ok() bool { return e.Signal == 0 && e.Code == 0 }

func (e Exit) String() string {
	if e.Signal != 0 {
		return fmt.Sprintf("killed by signal %d (%s)", int(e.Signal), e.Signal)
	}
	return fmt.Sprintf("exit code %d", e.Code)
}
