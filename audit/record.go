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
	// RequestID belongs to one request, CorrelationID to all that a client did for one purpose.
	RequestID     string `json:"requestId"`
	CorrelationID string `json:"correlationId"`

	// Principal is the object ID of who did it, empty if that is not known; AppID only applications have.
	Principal string `json:"principal,omitempty"`
	AppID     string `json:"appId,omitempty"`
	Name      string `json:"name,omitempty"`
	// Claimed is who somebody said to be that was not let in.
	Claimed string `json:"claimed,omitempty"`
	// From is the address that the request came from.
	From string `json:"from"`

	Method     string `json:"method"`
	ResourceID string `json:"resourceId"`
	Action     string `json:"action,omitempty"`
	APIVersion string `json:"apiVersion,omitempty"`

	// Status and Code are the answer's.
	Status int    `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	// Took is in milliseconds.
	Took int64 `json:"tookMs,omitempty"`
}

// Nameless reports whether anybody could have caused the line.
func (r Record) Nameless() bool {
	return r.Principal == "" || r.Status == 401 || r.Status == 429
}
