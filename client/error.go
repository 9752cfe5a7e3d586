package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Error is an error in the form of Azure Resource Manager.
type Error struct {
	// Status is the HTTP status, or 0 for the error of an operation that had been accepted.
	Status  int     `json:"-"`
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Target  string  `json:"target,omitempty"`
	Details []Error `json:"details,omitempty"`
	// RequestID finds the request in the server's log.
	RequestID string `json:"-"`
}

// Error implements error. The message of several faults repeats the details; then only the details are printed.
func (e *Error) Error() string {
	var b strings.Builder
	if len(e.Details) > 0 && strings.HasPrefix(e.Message, e.Details[0].Message) {
		lines := make([]string, len(e.Details))
		for i, d := range e.Details {
			lines[i] = d.Error()
		}
		return strings.Join(lines, "\n  ")
	}
	fmt.Fprintf(&b, "%s (%s)", e.Message, e.Code)
	if e.Target != "" {
		fmt.Fprintf(&b, " at %s", e.Target)
	}
	for _, d := range e.Details {
		fmt.Fprintf(&b, "\n  %s", d.Error())
	}
	return b.String()
}

// Unreachable means that the front door did not answer at all.
type Unreachable struct {
	Endpoint string
	Cause    error
}

// Error implements error.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("the front door at %s does not answer: %v", u.Endpoint, u.Cause)
}

// Unwrap implements errors' chain.
func (u *Unreachable) Unwrap() error { return u.Cause }

// IsNotFound reports whether the resource does not exist.
func IsNotFound(err error) bool { return status(err) == http.StatusNotFound }

// IsConflict reports whether the resource is busy, or was changed meanwhile.
func IsConflict(err error) bool {
	s := status(err)
	return s == http.StatusConflict || s == http.StatusPreconditionFailed
}

// IsUnauthorized reports whether the caller may not do this.
func IsUnauthorized(err error) bool {
	s := status(err)
	return s == http.StatusUnauthorized || s == http.StatusForbidden
}

func status(err error) int {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// meaning turns an error of azcore into this package's: what the front door refused, or that it does not answer. The caller's own deadline
// stays what it is.
func (c *Client) meaning(err error) error {
	refused, own, network := (*azcore.ResponseError)(nil), (*Error)(nil), (*url.Error)(nil)
	switch {
	case errors.As(err, &refused):
		return refusal(refused.RawResponse)
	case errors.As(err, &own): // the transport got no token
		return own
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &network):
		return &Unreachable{Endpoint: c.Credential.Endpoint, Cause: err}
	}
	return err
}

// refusal reads an error document, or the document of an operation that failed.
func refusal(response *http.Response) error {
	body, err := runtime.Payload(response)
	if err != nil {
		return err
	}
	var document struct {
		Status string `json:"status"`
		Error  Error  `json:"error"`
	}
	err = json.Unmarshal(body, &document)
	e := &document.Error
	switch {
	case response.StatusCode < http.StatusBadRequest: // the poll succeeded, the operation did not
		e.Code, e.Message = cmp.Or(e.Code, document.Status, "Failed"), cmp.Or(e.Message, "the operation ended without an error message")
		return e
	case err != nil || e.Code == "":
		*e = foreign(response, strings.TrimSpace(string(body)))
	}
	e.Status, e.RequestID = response.StatusCode, response.Header.Get("x-ms-request-id")
	return e
}

// foreign is an answer that is not ARM's: its text becomes the message.
func foreign(response *http.Response, text string) Error {
	return Error{
		Code:    strings.ReplaceAll(http.StatusText(response.StatusCode), " ", ""),
		Message: cmp.Or(text[:min(len(text), 500)], "the front door answered "+response.Status),
	}
}
