package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// run runs a program and returns what it prints. remedy tells the reader of an error what to do.
func run(ctx context.Context, remedy string, command ...string) (string, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	// The signal goes to the whole process group; debootstrap takes a moment to unmount what it mounted.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	output, err := c.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is missing; install it with `apt-get install %s`: %w", command[0], packageOf(command[0]), err)
	}
	if err != nil {
		return "", fmt.Errorf("%s (%s): %w\n%s", strings.Join(command, " "), remedy, err, tail(output))
	}
	return string(output), nil
}

func packageOf(program string) string {
	switch program {
	case "apt-get":
		return "apt"
	case "dpkg-deb":
		return "dpkg"
	}
	return program
}

func tail(output []byte) string {
	const enough = 2000
	return string(output[max(0, len(output)-enough):])
}
