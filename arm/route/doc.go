// Package route finds the handler of a request. ARM's paths are free of case and full of parameters, and each route says what the caller
// must be allowed to do and which api-versions it speaks, so that middlewares can decide before any handler runs.
package route
