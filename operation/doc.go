// Package operation is how a long-running operation goes on and ends. A controller's pure decision returns an Outcome; Settle, the one
// writer of operations, records it in the resource's status and ends the operation when it is done, has failed or has run out of time.
// Conditions are written here too.
//
// An operation is a generation of a resource (api/v1alpha1): there is no job table, and a controller that dies loses nothing.
package operation
