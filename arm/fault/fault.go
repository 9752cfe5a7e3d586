package fault

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is the answer to a request that is refused or has failed. Its message says what to do.
type Error struct {
	Kind    Kind
	Message string
	// Target is the JSON path of the property that is wrong.
	Target  string
	Details []*Error
	// RetryAfter is when the client may repeat the request. Kinds that pass by themselves have one in any case.
	RetryAfter time.Duration
	// Code overrides the kind's, for errors that an operation recorded.
	Code string
	// Subcode is AKS's second code of some errors.
	Subcode string
	// Cause is for the log only.
	Cause error
}

// Longest message and target in bytes. Both may repeat what the caller sent.
const (
	maxMessage = 2048
	maxTarget  = 512
)

// New is an error of one kind.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: cut(fmt.Sprintf(format, args...), maxMessage)}
}

func cut(s string, most int) string {
	const mark = "…"
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len(mark)], "") + mark
}

// At names the property that is wrong.
func (e *Error) At(target string) *Error {
	e.Target = cut(target, maxTarget)
	return e
}

// After sets when the client may repeat the request.
func (e *Error) After(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// Because keeps the cause for the log.
func (e *Error) Because(err error) *Error {
	e.Cause = err
	return e
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s (%v)", e.code(), e.Message, e.Cause)
	}
	return e.code() + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Status of the answer.
func (e *Error) Status() int { return e.Kind.status() }

func (e *Error) after() time.Duration {
	if e.RetryAfter > 0 {
		return e.RetryAfter
	}
	return passing[e.Kind]
}

func (e *Error) code() string {
	if e.Code != "" {
		return e.Code
	}
	return e.Kind.code()
}

// Body is ARM's error body.
type Body struct {
	Error Detail `json:"error"`
}

// Detail is one error in a body.
type Detail struct {
	Code    string   `json:"code"`
	Subcode string   `json:"subcode,omitempty"`
	Message string   `json:"message"`
	Target  string   `json:"target,omitempty"`
	Details []Detail `json:"details,omitempty"`
}

// Detail of the error as it goes over the wire.
func (e *Error) Detail() Detail {
	d := Detail{Code: e.code(), Subcode: e.Subcode, Message: e.Message, Target: e.Target}
	for _, inner := range e.Details {
		d.Details = append(d.Details, Detail{Code: inner.code(), Subcode: inner.Subcode, Message: inner.Message, Target: inner.Target})
	}
	return d
}

// Write answers with the error, whatever it is.
func Write(w http.ResponseWriter, err error) {
	e := Of(err)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("x-ms-error-code", e.code())
	if after := e.after(); after > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	w.WriteHeader(e.Status())
	_ = json.NewEncoder(w).Encode(Body{e.Detail()}) // the client has gone if this fails
}
