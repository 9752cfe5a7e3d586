package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lotse.dev/client"
)

// Exit codes, as the root command's help and docs list them.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitConflict     = 4
	exitUnauthorized = 5
	exitTimedOut     = 6
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func usage(err error) error { return usageError{err} }

func exitCode(err error) int {
	wrong := usageError{}
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &wrong):
		return exitUsage
	case client.IsNotFound(err):
		return exitNotFound
	case client.IsConflict(err):
		return exitConflict
	case client.IsUnauthorized(err):
		return exitUnauthorized
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimedOut
	}
	return exitFailed
}

// explain prints what went wrong and what to do next, and answers with the exit code.
func explain(w io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if code := childExit(0); errors.As(err, &code) {
		return int(code) // the command printed its error itself
	}
	fmt.Fprintf(w, "lotse: %v\n", err)
	if next := advice(err); next != "" {
		fmt.Fprintf(w, "  next: %s\n", next)
	}
	if e := (*client.Error)(nil); errors.As(err, &e) && e.RequestID != "" {
		fmt.Fprintf(w, "  request: %s\n", e.RequestID)
	}
	return exitCode(err)
}
