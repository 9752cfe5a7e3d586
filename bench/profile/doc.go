// Package profile says where the work of a while on one machine went: processor time, context switches and bytes written by process, and
// the requests that an API server answered.
//
// It takes two looks at /proc. A process that began and ended in between is counted with its parent, which collected it.
package profile
