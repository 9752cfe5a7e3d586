package middleware

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Rate is how many requests a second a caller may send in the long run, and how many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates of one caller. Reads, writes and deletes are counted separately, as in ARM: a caller who polls too much can still delete.
type Rates struct {
	Read, Write, Delete Rate
}

// Throttle limits the requests of each caller. Callers that are not authenticated are distinguished by their address.
func Throttle(limits Rates, c clock.PassiveClock) Inner {
	kinds := map[string]*buckets{
		"reads": newBuckets(limits.Read, c), "writes": newBuckets(limits.Write, c), "deletes": newBuckets(limits.Delete, c),
	}
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			kind := kindOf(r)
			left, wait := kinds[kind].take(key(r))
			if wait > 0 {
				return fault.New(fault.Throttled, "The request is being throttled as the limit of %g %s a second has been reached. "+
					"Wait %d seconds, as Retry-After says.", kinds[kind].limit.PerSecond, kind, int(math.Ceil(wait.Seconds()))).After(wait)
			}
			w.Header().Set("x-ms-ratelimit-remaining-subscription-"+kind, strconv.Itoa(left))
			return next(w, r)
		}
	}
}

// Rated limits the requests of each caller to a handler that costs more than others.
func Rated(limit Rate, c clock.PassiveClock) Inner {
	rated := newBuckets(limit, c)
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if _, wait := rated.take(key(r)); wait > 0 {
				return fault.New(fault.Throttled, "The limit of %g requests of this kind a second has been reached. Wait %d seconds, "+
					"as Retry-After says.", limit.PerSecond, int(math.Ceil(wait.Seconds()))).After(wait)
			}
			return next(w, r)
		}
	}
}

func kindOf(r *route.Request) string {
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead, r.ReadOnly:
		return "reads"
	case r.Method == http.MethodDelete:
		return "deletes"
	}
	return "writes"
}

func key(r *route.Request) string {
	if r.Caller.Principal != "" {
		return r.Caller.Principal
	}
	return "from " + Source(r.RemoteAddr)
}

// Source of a request: its address without the port. One customer has a whole /64 of IPv6.
func Source(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		wide, _ := addr.Prefix(64) // 64 is valid for IPv6
		return wide.String()
	}
	return addr.String()
}

// wait until a bucket has a token again, if it has none now.
func wait(b *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - b.TokensAt(now)
	if missing <= 0 || b.Limit() <= 0 {
		return 0
	}
	return time.Duration(missing / float64(b.Limit()) * float64(time.Second))
}
