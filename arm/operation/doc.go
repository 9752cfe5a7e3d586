// Package operation is ARM's long-running operations without a job table. An operation is a generation of an object: its ID says which,
// and its state is read from the object itself, so it survives restarts of the front door and the deletion of the resource.
//
// A resource provider names its kinds of objects (Kind), points clients to an operation (URLs) and serves its state and result (Endpoints).
package operation
