package middleware

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/audit"
)

// lost counts audit lines that could not be written. Alert if it is not 0.
var lost = prometheus.NewCounter(prometheus.CounterOpts{
	Name: "lotse_audit_lines_lost_total", Help: "Audit lines that could not be written.",
})

func init() { metrics.Registry.MustRegister(lost) }

// Audit writes a line with the answer to every write, every listing of credentials and every log-in, refused ones too. The request has been
// served by then, so a line that cannot be written is counted and goes to the service's own log.
func Audit(records *audit.Log, c clock.PassiveClock, log *slog.Logger) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			start, seen := c.Now(), &recorder{ResponseWriter: w}
			err := next(seen, r)
			// Reads are recorded if a name and a secret were checked for them, or if they tell how a command ended.
			if !audited(r) && r.Claimed == "" && r.Ended == nil {
				return err
			}
			record := describe(w, r, c.Now(), audit.Answered)
			record.Status, record.Took = seen.status, c.Since(start).Milliseconds()
			if err != nil {
				e := fault.Of(err)
				record.Status, record.Code = e.Status(), e.Detail().Code
			}
			if failure := records.Append(record); failure != nil {
				Lost(r.Context(), log, record, failure)
			}
			return err
		}
	}
}

// Lost counts a line that could not be written, and writes it to the service's own log.
func Lost(ctx context.Context, log *slog.Logger, record audit.Record, failure error) {
	lost.Inc()
	log.ErrorContext(ctx, "an audit line is lost", "error", failure, "record", record)
}

// AuditBefore writes a line before a write is served. If it cannot be written the write is refused, so every change is in the audit log.
func AuditBefore(records *audit.Log, c clock.PassiveClock, log *slog.Logger) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if !audited(r) || r.Caller.Principal == "" {
				return next(w, r)
			}
			if err := records.Append(describe(w, r, c.Now(), audit.Received)); err != nil {
				lost.Inc()
				log.ErrorContext(r.Context(), "a write is refused because the audit log cannot be written", "error", err)
				return fault.New(fault.ServiceUnavailable, "The audit log cannot be written, so nothing is changed. Ask the operator of this "+
					"service to look at its volume.").After(10 * time.Second)
			}
			return next(w, r)
		}
	}
}

// audited requests are writes and actions. Of the many requests of an image's push all are but those that carry a part of a blob.
func audited(r *route.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	if r.Stream { // all of a push but the parts of blobs
		return r.Method != http.MethodPatch
	}
	return true
}

func describe(w http.ResponseWriter, r *route.Request, now time.Time, stage string) audit.Record {
	from := r.RemoteAddr
	if host, _, err := net.SplitHostPort(from); err == nil {
		from = host
	}
	record := audit.Record{
		Time: now.UTC(), Stage: stage, RequestID: w.Header().Get("x-ms-request-id"), CorrelationID: r.CorrelationID,
		Principal: r.Caller.Principal, AppID: r.Caller.AppID(), From: from,
		Method: r.Method, ResourceID: cmp.Or(r.Resource, "/"+strings.Join(route.Split(r.URL.Path), "/")), Action: r.Action, APIVersion: r.APIVersion(),
		LogIn: r.LogIn || !audited(r) && r.Ended == nil,
	}
	if r.Ended != nil {
		record.ExitCode = r.Ended.ExitCode
	}
	if record.Principal == "" {
		record.AppID, record.Claimed = "", claimedBy(r)
		return record
	}
	record.Name = r.Caller.DisplayName
	if r.Caller.UserName != "" {
		record.Name = r.Caller.UserName
	}
	return record
}

// plausible names are GUIDs and user names. Other text could be a password in the wrong field.
var plausible = regexp.MustCompile(`^[0-9a-fA-F-]{36}$|^[-_.a-zA-Z0-9]{1,64}@[-.a-zA-Z0-9]{1,100}$`)

// claimedBy is the name that a log-in claimed.
func claimedBy(r *route.Request) string {
	if plausible.MatchString(r.Claimed) {
		return r.Claimed
	}
	return ""
}
