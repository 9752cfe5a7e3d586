// Package abort decides what is still done for a cluster whose operation was aborted. The operations of its pools that belong to it are aborted too, and
// no pool is made or changed. A control plane that has never been up is left as it is; one that was up is kept as its spec says, because it serves,
// and its certificates must not expire; only what of an upgrade has not begun waits (package provision). The next write of the cluster is a new generation, which nothing here concerns.
package abort
