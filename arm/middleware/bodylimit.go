package middleware

import (
	"net/http"

	"lotse.dev/arm/fault"
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
