package middleware

import (
	"net/http"
	"time"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// BodyLimit refuses bodies that are larger than max bytes.
func BodyLimit(max int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > max {
				w.Header().Set("Connection", "close") // what is still to come is not read
				fault.Write(w, fault.New(fault.RequestTooLarge, "The body has %d bytes; at most %d are allowed.", r.ContentLength, max))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, max)
			next.ServeHTTP(w, r)
		})
	}
}

// Bodies above largeBody take a slot while they are served. A body that is read takes several times its size.
const (
	largeBody       = 64 << 10
	largeBodies     = 16
	largeBodiesFrom = 4
)

// LargeBodies bounds the memory that bodies take: of those above 64 KB, or without a Content-Length, a few are served at once.
func LargeBodies() Inner {
	p := newSlots(largeBodies, largeBodiesFrom)
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Stream || r.ContentLength >= 0 && r.ContentLength <= largeBody {
				return next(w, r)
			}
			free, ok := p.take(key(r))
			if !ok {
				return fault.New(fault.Throttled, "Too many requests with bodies of more than %d bytes, or without a Content-Length, are being served. "+
					"Repeat the request in a second.", largeBody).After(time.Second)
			}
			defer free()
			return next(w, r)
		}
	}
}
