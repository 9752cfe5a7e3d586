// Package middleware holds what every request passes through, one thing a file: the outer ones wrap HTTP itself, the inner ones wrap a
// route's handler and know the route, the caller and the subscription.
package middleware
