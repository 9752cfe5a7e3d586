// Package preflight decides what stands in the way of an upgrade before it begins: facts of the cluster and of the versions become findings. It is pure;
// package preflight/hosted reads the facts that only the cluster itself knows. The front door refuses an upgrade by it, and answers a dry run.
package preflight
