// Package reconcile is how every controller is built: bounds on its work, tracing and log lines that lead to the request (telemetry), and
// what a conflict means. It is also how a controller writes a status.
package reconcile
