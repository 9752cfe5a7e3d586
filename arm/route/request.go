package route

import (
	"encoding/json"
	"net/http"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/identity"
)

// Request is an HTTP request and what the middlewares found out about it.
type Request struct {
	*http.Request
	Match
	// Caller is empty on public routes until a log-in has succeeded.
	Caller identity.Identity
	// Claimed is the name whose secret was checked to find the caller, as it was sent; empty if none was.
	Claimed string
	// Assignments of every principal, to decide access. They are shared and must not be changed, and may lag: do not show them.
	Assignments []v1alpha1.RoleAssignment
	// Subscription in the path, if there is one.
	Subscription *v1alpha1.Subscription
	// Resource is the ARM ID that the request acts on, where its path is none: an image's.
	Resource string
	// CorrelationID of this request and of the client's other requests for the same purpose.
	CorrelationID string
	// Ended is set by a read that tells its caller how something ended: such reads have a line in the audit log.
	Ended *Ended
}

// Ended is how a command ended.
type Ended struct {
	// ExitCode is nil if the command did not run to its end.
	ExitCode *int32
}

// Param is the named part of the path, as the caller wrote it.
func (r *Request) Param(name string) string { return r.Params[name] }

// SubscriptionID in the path, lower case, as object names are.
func (r *Request) SubscriptionID() string { return strings.ToLower(r.Params["subscription"]) }

// APIVersion that the caller speaks.
func (r *Request) APIVersion() string { return Query(r.Request, "api-version") }

// Query is a query parameter; ARM's are free of case.
func Query(r *http.Request, name string) string {
	for key, values := range r.URL.Query() {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// May reports whether the caller may do something at a scope.
func (r *Request) May(action, scope string) bool {
	return identity.Allowed(r.Assignments, r.Caller.Principal, action, scope)
}

// Base is the front door's URL as the caller reached it, without a slash at the end. Headers of proxies are ignored: any client can send them.
func (r *Request) Base() string { return Base(r.Request) }

// Base of a request's URL. The front door speaks HTTPS only.
func Base(r *http.Request) string { return "https://" + r.Host }

// Scope is the ARM ID that the request acts on: the path, without the verb of an action.
func (r *Request) Scope() string {
	segments, _ := decode(r.URL.EscapedPath())
	if r.Method == http.MethodPost && len(segments) > 0 {
		segments = segments[:len(segments)-1]
	}
	return "/" + strings.Join(segments, "/")
}

// JSON answers with a body.
func JSON(w http.ResponseWriter, status int, body any) error {
	return As(w, status, "application/json; charset=utf-8", body)
}

// As answers with a body in JSON that has a content type of its own.
func As(w http.ResponseWriter, status int, contentType string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	write(w, status, contentType, encoded)
	return nil
}

// Encoded answers with a body that is JSON already.
func Encoded(w http.ResponseWriter, status int, body []byte) error {
	write(w, status, "application/json; charset=utf-8", body)
	return nil
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone if this fails
}
