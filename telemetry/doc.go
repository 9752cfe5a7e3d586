// Package telemetry observes Lotse: metrics, traces and logs. Requests, reconciles and operations are recorded here and nowhere else, so
// controllers and handlers contain no code for it. It changes nothing but annotations that carry the origin of a change.
//
// The origin is the correlation ID and the trace of the request that a change goes back to. The front door puts it into the request's
// context; Stamped writes it onto the resources that are changed in that context; Observed takes it from the resource into the context of
// each reconcile that works on the change, and so on to what that reconcile changes.
package telemetry
