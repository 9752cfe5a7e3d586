// Package management is Lotse's ground: the management cluster, and Lotse installed on it.
//
// On one machine "lotse up" brings the cluster along (host): upstream's programs from the same binaries the customers get, as static
// Pods of a kubelet that lotse-node supervises. On a cluster that exists already only the second half happens (install). Every step can
// be repeated and may be interrupted after any line: it looks at what is there and does what is missing.
//
//	preflight   what stands in the way on this machine, and what to do about it
//	pki         authorities, certificates and keys
//	host        the cluster on one machine: its files, its start, its end
//	teardown    finding and removing everything the host leaves in the kernel
//	baseaddons  DNS, volumes and rights that the management cluster needs before Lotse
//	install     Lotse on a cluster
//	report      a line per step
package management
