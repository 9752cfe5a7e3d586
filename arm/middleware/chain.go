package middleware

import (
	"net/http"

	"lotse.dev/arm/route"
)

// Inner wraps a route's handler.
type Inner func(route.Handler) route.Handler

// Chain of inner middlewares around a handler; the first is the outermost.
func Chain(handle route.Handler, inner ...Inner) route.Handler {
	for i := len(inner) - 1; i >= 0; i-- {
		handle = inner[i](handle)
	}
	return handle
}

// Outer chain around an HTTP handler; the first is the outermost.
func Outer(h http.Handler, outer ...func(http.Handler) http.Handler) http.Handler {
	for i := len(outer) - 1; i >= 0; i-- {
		h = outer[i](h)
	}
	return h
}
