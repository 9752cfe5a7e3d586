// Package telemetry is how Lotse can be watched: metrics, traces and logs. Requests, reconciles and operations are told of here and
// nowhere else, so that a controller or a handler need not think of it.
//
// What ties the three together is an Origin: the correlation ID and the trace of the request that a change goes back to. The front door
// puts it into the request's context; Stamped writes it onto the resources that are changed in that context; Complete takes it from the
// resource into the context of each reconcile that works on the change, and so on to what that reconcile changes.
package telemetry
