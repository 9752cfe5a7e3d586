package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

const (
	// maxOutput that is kept, as in AKS. It also has to fit into a Secret.
	maxOutput = 512 << 10
	// notRun is the exit code of a shell for a command that it could not start.
	notRun = 126
	// stragglers is how long what a command left running may keep its output open.
	stragglers = time.Second
)

// cutNote ends an output that was too long.
const cutNote = "\n[The output is cut off here: it is longer than 512 KiB.]\n"

// run a command line with a shell, and return its exit code, as a shell would. A reason says why it did not end by itself.
func run(ctx context.Context, line, directory, kubeconfig string, output *bounded) (code int32, reason string) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.Dir = directory
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/tmp", "KUBECONFIG=" + kubeconfig}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = stragglers
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	exit := (*exec.ExitError)(nil)
	switch {
	case ctx.Err() != nil:
		return 128 + int32(syscall.SIGKILL), "The command was ended: its time was over, or its Pod was deleted."
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return 0, ""
	case !errors.As(err, &exit):
		return notRun, fmt.Sprintf("The command could not be started: %v.", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int32(status.Signal()), fmt.Sprintf("The command was ended by signal %d.", status.Signal())
	}
	return int32(exit.ExitCode()), ""
}

// bounded keeps the beginning of what is written, and says if that is not all.
type bounded struct {
	kept bytes.Buffer
	most int
	cut  bool
}

// Write never fails, so that a command with much output goes on.
func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - len(cutNote) - b.kept.Len()
	b.cut = b.cut || len(p) > room
	b.kept.Write(p[:min(len(p), max(0, room))])
	return len(p), nil
}

// Bytes of the output, at most as many as are kept.
func (b *bounded) Bytes() []byte {
	if b.cut {
		return append(bytes.Clone(b.kept.Bytes()), cutNote...)
	}
	return b.kept.Bytes()
}
