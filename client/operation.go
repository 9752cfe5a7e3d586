package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// defaultPause between two looks at an operation whose server asks for none.
const defaultPause = 2 * time.Second

// Operation is a write that the front door accepted.
type Operation struct {
	// Body of the first answer: for a PUT the resource, for a DELETE nothing.
	Body json.RawMessage
	// Status is the first answer's HTTP status: 201 tells that a PUT created.
	Status int

	client          *Client
	async, location string
	pause           time.Duration
}

// Progress is one look at an operation.
type Progress struct {
	Status  string
	Percent float64
	// Waiting says what the operation waits for, if the server knows.
	Waiting string
}

// Created reports whether the write made a new resource.
func (o *Operation) Created() bool { return o.Status == http.StatusCreated }

// Running reports whether there was anything to wait for when the write was accepted.
func (o *Operation) Running() bool { return o.async != "" || o.location != "" }

// Wait follows the operation to its end and tells report about each look; report may be nil. It fails with the operation's *Error, or with
// the context's error and what was waited for last.
func (o *Operation) Wait(ctx context.Context, report func(Progress)) error {
	last := Progress{Status: "InProgress"}
	pause := time.Duration(0) // look at once: what is already done need not be waited for
	for o.Running() {
		if err := sleep(ctx, pause); err != nil {
			return stillWaiting(err, last)
		}
		now, done, err := o.look(ctx)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
			return stillWaiting(err, last)
		}
		if err != nil {
			return err
		}
		last = now
		if report != nil {
			report(now)
		}
		if done {
			return nil
		}
		pause = o.pause
		if o.client.PollEvery > 0 {
			pause = o.client.PollEvery
		}
	}
	return nil
}

func (o *Operation) look(ctx context.Context) (Progress, bool, error) {
	if o.async == "" {
		return o.lookAtLocation(ctx)
	}
	body, response, err := o.client.do(ctx, http.MethodGet, o.async, nil, nil)
	if err != nil {
		return Progress{}, false, err
	}
	o.pause = retryAfter(response.Header)
	var answer struct {
		Status     string  `json:"status"`
		Percent    float64 `json:"percentComplete"`
		Error      *Error  `json:"error"`
		Properties struct {
			Waiting string `json:"waiting"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Progress{}, false, fmt.Errorf("operation %s is not valid JSON: %w", o.async, err)
	}
	now := Progress{Status: answer.Status, Percent: answer.Percent, Waiting: answer.Properties.Waiting}
	switch answer.Status {
	case "Succeeded":
		return now, true, nil
	case "Failed", "Canceled":
		if answer.Error == nil {
			answer.Error = &Error{Code: answer.Status, Message: "the operation ended without saying why"}
		}
		return now, true, answer.Error
	}
	return now, false, nil
}

// lookAtLocation serves operations that have no status document: 202 until done.
func (o *Operation) lookAtLocation(ctx context.Context) (Progress, bool, error) {
	_, response, err := o.client.do(ctx, http.MethodGet, o.location, nil, nil)
	if err != nil {
		return Progress{}, false, err
	}
	o.pause = retryAfter(response.Header)
	if response.StatusCode == http.StatusAccepted {
		return Progress{Status: "InProgress"}, false, nil
	}
	return Progress{Status: "Succeeded", Percent: 100}, true, nil
}

// stillWaiting says what an ended wait was waiting for.
func stillWaiting(err error, last Progress) error {
	if last.Waiting == "" {
		return fmt.Errorf("the operation still runs: %w", err)
	}
	return fmt.Errorf("the operation still runs, waiting for %s: %w", last.Waiting, err)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return defaultPause
	}
	return time.Duration(seconds) * time.Second
}
