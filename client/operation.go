package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// defaultPause between two polls of an operation whose server asks for none.
const defaultPause = 2 * time.Second

// Operation is a write that the front door accepted.
type Operation struct {
	// Body of the first answer: for a PUT the resource, for a DELETE nothing.
	Body json.RawMessage
	// Status is the first answer's HTTP status: 201 means that a PUT created.
	Status int

	client *Client
	poller *runtime.Poller[json.RawMessage]
}

// Progress of an operation at one poll.
type Progress struct {
	Status  string
	Percent float64
	// Waiting says what the operation waits for, if the server knows.
	Waiting string
}

// start sends a write and answers with its operation.
func (c *Client) start(request *policy.Request) (*Operation, error) {
	response, err := c.send(c.pipeline, request)
	if err != nil {
		return nil, err
	}
	body, err := runtime.Payload(response)
	if err != nil {
		return nil, err
	}
	poller, err := runtime.NewPoller[json.RawMessage](response, c.pipeline, nil)
	if err != nil {
		return nil, c.meaning(err)
	}
	return &Operation{Body: body, Status: response.StatusCode, client: c, poller: poller}, nil
}

// Created reports whether the write made a new resource.
func (o *Operation) Created() bool { return o.Status == http.StatusCreated }

// Wait follows the operation to its end and calls report after each poll but that of a failed operation; report may be nil. A PUT's
// Body is then the resource as the operation left it. Wait fails with the operation's *Error, or with the context's error and what the
// operation waited for last. After any other error Wait may be called again.
func (o *Operation) Wait(ctx context.Context, report func(Progress)) error {
	if report == nil {
		report = func(Progress) {}
	}
	if o.poller.Done() {
		return o.end(ctx, Progress{}, func(Progress) {})
	}
	last := Progress{Status: "InProgress"}
	for {
		response, err := o.poller.Poll(ctx)
		if err != nil {
			return o.interrupted(ctx, err, last)
		}
		if last = progressOf(response); o.poller.Done() {
			return o.end(ctx, last, report)
		}
		report(last)
		if err := sleep(ctx, cmp.Or(o.client.PollEvery, pauseAfter(response))); err != nil {
			return stillWaiting(err, last)
		}
	}
}

// end reads the result of an operation that has ended.
func (o *Operation) end(ctx context.Context, last Progress, report func(Progress)) error {
	result, err := o.poller.Result(ctx)
	if err != nil {
		return o.interrupted(ctx, err, last)
	}
	if len(result) > 0 {
		o.Body = result
	}
	report(last)
	return nil
}

func (o *Operation) interrupted(ctx context.Context, err error, last Progress) error {
	if ctx.Err() != nil {
		return stillWaiting(ctx.Err(), last)
	}
	return o.client.meaning(err)
}

// progressOf reads the answer to a poll: the operation's document, or the resource itself, or nothing at a Location.
func progressOf(response *http.Response) Progress {
	var answer struct {
		Status     string  `json:"status"`
		Percent    float64 `json:"percentComplete"`
		Properties struct {
			Waiting           string `json:"waiting"`
			ProvisioningState string `json:"provisioningState"`
		} `json:"properties"`
	}
	if body, err := runtime.Payload(response); err == nil {
		_ = json.Unmarshal(body, &answer) // the poller complains about a document that it needs
	}
	p := Progress{Status: cmp.Or(answer.Status, answer.Properties.ProvisioningState), Percent: answer.Percent, Waiting: answer.Properties.Waiting}
	switch {
	case p.Status != "":
	case response.StatusCode == http.StatusAccepted, response.StatusCode >= http.StatusBadRequest: // the poller asks again
		p.Status = "InProgress"
	default:
		p.Status, p.Percent = "Succeeded", 100
	}
	return p
}

// stillWaiting says what an interrupted wait was waiting for.
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

// pauseAfter is how long the server asks to wait before the next poll.
func pauseAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return defaultPause
	}
	return time.Duration(seconds) * time.Second
}
