package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// Stages of a request.
const (
	// Received is written before a write is done.
	Received = "received"
	// Answered is written with the answer.
	Answered = "answered"
)

// Record is one line.
type Record struct {
	Time  time.Time `json:"time"`
	Stage string    `json:"stage"`
	// RequestID belongs to one request, CorrelationID to all requests that a client sends for one purpose.
	RequestID     string `json:"requestId"`
	CorrelationID string `json:"correlationId"`

	// Principal is the object ID of the caller, empty if it is not known. Only applications have an AppID.
	Principal string `json:"principal,omitempty"`
	AppID     string `json:"appId,omitempty"`
	Name      string `json:"name,omitempty"`
	// Claimed is the name that a caller gave whose log-in was refused.
	Claimed string `json:"claimed,omitempty"`
	// LogIn marks a request that did nothing but log in, or that read and logged in by name and secret.
	LogIn bool `json:"logIn,omitempty"`
	// From is the client's address.
	From string `json:"from"`

	Method string `json:"method"`
	// ResourceID is the path without empty segments; it is cut off after 1024 bytes, ARM's longest ID.
	ResourceID string `json:"resourceId"`
	Action     string `json:"action,omitempty"`
	APIVersion string `json:"apiVersion,omitempty"`

	// Status and Code of the answer.
	Status int    `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	// ExitCode of the command whose result was read.
	ExitCode *int32 `json:"exitCode,omitempty"`
	// Took is the duration in milliseconds.
	Took int64 `json:"tookMs,omitempty"`
}

// Names of the logs and of their directories.
const (
	auditLog           = "audit"
	refusedLog         = "refused"
	logInsLog          = "logins"
	unauthenticatedLog = "unauthenticated"
)

// log is the name of the log that the record belongs to. A failure of the service belongs to the changes: the change may have been made.
func (r Record) log() string {
	switch {
	case r.Principal == "", r.Status == 401, r.Status == 429:
		return unauthenticatedLog
	case r.Status >= 400 && r.Status < 500:
		return refusedLog
	case r.LogIn:
		return logInsLog
	}
	return auditLog
}

// addressGroups is how many sources the addresses of unauthenticated callers are grouped into: a client can have many addresses.
const addressGroups = 16

// source of the record, which has files of its own in the log: a principal, or a group of addresses.
func (r Record) source() string {
	if r.log() != unauthenticatedLog && sourceName.MatchString(strings.ToLower(r.Principal)) {
		return strings.ToLower(r.Principal)
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(r.From)) // never fails
	return fmt.Sprintf("from-%d", sum.Sum32()%addressGroups)
}

// Longest fields that a caller chooses, in bytes.
const (
	maxResourceID = 1024
	maxText       = 256
)

// line is the record as JSON, of at most 8 KB.
func (r Record) line() ([]byte, error) {
	r.ResourceID = cut(r.ResourceID, maxResourceID)
	for _, s := range []*string{&r.Name, &r.Claimed, &r.CorrelationID, &r.RequestID, &r.APIVersion, &r.From, &r.Principal, &r.AppID, &r.Action, &r.Code} {
		*s = cut(*s, maxText)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it would make six bytes of a <
	err := e.Encode(r)
	return b.Bytes(), err
}

func cut(s string, most int) string {
	const mark = "…"
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len(mark)], "") + mark
}
