package supervise

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// maxToolOutput bounds what is kept of a tool's output for its error.
const maxToolOutput = 2000

// copyOutput until the end of r. What cannot be written is dropped: a full pipe would block the program.
func copyOutput(w io.Writer, r io.ReadCloser) {
	defer r.Close()
	if w == nil {
		w = io.Discard
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			_, _ = w.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// Run a tool until it exits. The error holds the end of its output.
func (r *Reaper) Run(ctx context.Context, args ...string) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe for the output: %w", err)
	}
	child, err := r.Start(Command{Args: args, Output: write})
	write.Close()
	if err != nil {
		read.Close()
		return err
	}
	var output bytes.Buffer
	copied := make(chan struct{})
	go func() {
		copyOutput(&output, read)
		close(copied)
	}()
	var exit Exit
	select {
	case exit = <-child.Exited:
	case <-ctx.Done():
		child.Signal(syscall.SIGKILL)
		<-child.Exited
		return ctx.Err()
	}
	if exit.Ok() {
		return nil
	}
	select {
	case <-copied:
	case <-time.After(time.Second):
		return fmt.Errorf("%s: %s", args[0], exit)
	}
	text := strings.TrimSpace(output.String())
	return fmt.Errorf("%s: %s: %s", args[0], exit, text[max(0, len(text)-maxToolOutput):])
}
