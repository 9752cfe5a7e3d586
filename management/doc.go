// Package management is the management cluster, and Lotse installed on it.
//
// On one host "lotse up" starts a cluster (host): upstream's programs from the binaries that customers get too, as static Pods of a kubelet that
// lotse-node supervises. Then it installs Lotse (install), which is all it does on a cluster that exists already. Every step can be
// repeated and may be interrupted after any line: it does only what is missing.
//
//	preflight   what prevents a start on this host, and how to remove it
//	host        the cluster on one host: its files, its start, its end
//	teardown    finding and removing everything that the host's cluster has in the kernel
//	isolation   enforcing NetworkPolicies on the host; cniplugin announces Pods to it
//	baseaddons  DNS, volumes and roles that the management cluster needs before Lotse
//	install     Lotse on a cluster
//	bundle      the support bundle
//	report      a line per step
package management
