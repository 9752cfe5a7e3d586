package operation

import (
	"fmt"
	"net/http"
	"net/url"
)

// PollAfter is how many seconds a client waits between polls. Without it on every answer az sleeps 30 seconds.
const PollAfter = "1"

// URLs of an operation. They live under the subscription, so that they outlive the resource.
type URLs struct {
	signer                                          Signer
	base, subscription, provider, location, version string
}

// NewURLs below the front door's base, as the caller reached it, in the api-version that the caller speaks. An empty location makes the URLs
// of operations that belong to the subscription itself.
func NewURLs(signer Signer, base, subscription, provider, location, version string) URLs {
	return URLs{signer, base, subscription, provider, location, version}
}

// Name of the operation, the last part of its ARM ID.
func (u URLs) Name(id ID) string { return u.signer.Sign(u.subscription, id) }

// Path of the operation's status without the host; it is the operation's ARM ID.
func (u URLs) Path(id ID) string { return u.path("operations", id) }

// Status is the URL that always answers 200 with the operation's state.
func (u URLs) Status(id ID) string { return u.base + u.path("operations", id) + u.query() }

// Result is the URL that answers 202 until the operation is done, and then like the request itself.
func (u URLs) Result(id ID) string { return u.base + u.path("operationresults", id) + u.query() }

func (u URLs) path(collection string, id ID) string {
	name := u.Name(id)
	if u.location == "" {
		return fmt.Sprintf("/subscriptions/%s/%s/%s", u.subscription, collection, name)
	}
	return fmt.Sprintf("/subscriptions/%s/providers/%s/locations/%s/%s/%s", u.subscription, u.provider, u.location, collection, name)
}

func (u URLs) query() string { return "?api-version=" + url.QueryEscape(u.version) }

// StatusHeaders point to the operation's state.
func (u URLs) StatusHeaders(h http.Header, id ID) {
	h.Set("Azure-AsyncOperation", u.Status(id))
	h.Set("Retry-After", PollAfter)
}

// AllHeaders point to the operation's state and to its result; answers with status 202 have both.
func (u URLs) AllHeaders(h http.Header, id ID) {
	u.StatusHeaders(h, id)
	u.ResultHeaders(h, id)
}

// ResultHeaders point to the operation's result.
func (u URLs) ResultHeaders(h http.Header, id ID) {
	h.Set("Location", u.Result(id))
	h.Set("Retry-After", PollAfter)
}
