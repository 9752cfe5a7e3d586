package middleware

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Record of a write: who did what, when, and what the answer was. Bodies are left out; they can hold secrets.
type Record struct {
	Time          time.Time `json:"time"`
	Principal     string    `json:"principal,omitempty"`
	Name          string    `json:"name,omitempty"`
	From          string    `json:"from"`
	Method        string    `json:"method"`
	Path          string    `json:"path"`
	Action        string    `json:"action,omitempty"`
	Status        int       `json:"status"`
	Code          string    `json:"code,omitempty"`
	RequestID     string    `json:"requestId"`
	CorrelationID string    `json:"correlationId"`
}

// Audit writes a JSON line for every write and every read of a secret, refused ones too.
func Audit(to io.Writer, c clock.PassiveClock, log *slog.Logger) Inner {
	var mu sync.Mutex
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				return next(w, r)
			}
			seen := &recorder{ResponseWriter: w}
			err := next(seen, r)
			record := describe(r, w, seen.status, err)
			record.Time = c.Now().UTC()
			mu.Lock()
			defer mu.Unlock()
			if failure := json.NewEncoder(to).Encode(record); failure != nil {
				log.ErrorContext(r.Context(), "the audit log cannot be written", "error", failure, "record", record)
			}
			return err
		}
	}
}

func describe(r *route.Request, w http.ResponseWriter, status int, err error) Record {
	record := Record{
		Principal: r.Caller.Principal, Name: r.Caller.Name(), From: r.RemoteAddr, Method: r.Method, Path: r.URL.Path, Action: r.Action,
		Status: status, RequestID: w.Header().Get("x-ms-request-id"), CorrelationID: r.CorrelationID,
	}
	if err != nil {
		e := fault.Of(err)
		record.Status, record.Code = e.Status(), e.Detail().Code
	}
	return record
}
