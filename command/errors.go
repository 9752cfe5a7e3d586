package command

import "errors"

var (
	// ErrNotFound: there is no such command, or its result is not kept any more.
	ErrNotFound = errors.New("there is no such command")
	// ErrBusy: as many commands as may run at once do.
	ErrBusy = errors.New("too many commands run in the cluster")
	// ErrNotReady: the cluster has no API server yet that commands could be sent to.
	ErrNotReady = errors.New("the cluster is not ready for commands")
	// ErrNoImage: the cluster's release is older than commands.
	ErrNoImage = errors.New("the cluster's release has no image for commands")
)

// NotStartedError is why a command was not started, where nothing of it can begin any more. It can be asked for again.
type NotStartedError struct{ Cause error }

func (e *NotStartedError) Error() string { return "the command was not started: " + e.Cause.Error() }

func (e *NotStartedError) Unwrap() error { return e.Cause }

// RefusedError is a request that the hosted cluster refused; a customer's webhook or quota can do that.
type RefusedError struct {
	// Message is the cluster's.
	Message string
	Cause   error
}

func (e *RefusedError) Error() string { return "the cluster refused the request: " + e.Message }

func (e *RefusedError) Unwrap() error { return e.Cause }
