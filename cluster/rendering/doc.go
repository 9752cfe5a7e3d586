// Package rendering keeps what a cluster runs from changing when Lotse does (A6). A newer Lotse renders workloads otherwise than the one before, and what
// is applied otherwise restarts. So it is recorded for each cluster what was rendered, and from what: its release and the inputs. While both stay, what is
// recorded is what the cluster is to be, whatever this Lotse would render; of inputs that changed, only the objects that depend on them are rendered anew,
// and with another release all are. Everything here is pure.
package rendering
