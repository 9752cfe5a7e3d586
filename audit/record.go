package audit

import "time"

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
	// From is the client's address.
	From string `json:"from"`

	Method     string `json:"method"`
	ResourceID string `json:"resourceId"`
	Action     string `json:"action,omitempty"`
	APIVersion string `json:"apiVersion,omitempty"`

	// Status and Code of the answer.
	Status int    `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	// Took is the duration in milliseconds.
	Took int64 `json:"tookMs,omitempty"`
}

// Unauthenticated reports whether a client can cause the line without authentication, or without limit because it is throttled.
func (r Record) Unauthenticated() bool {
	return r.Principal == "" || r.Status == 401 || r.Status == 429
}
