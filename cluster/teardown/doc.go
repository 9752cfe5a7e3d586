// Package teardown decides how a cluster that is being deleted ends: what is deleted now, and what is waited for. Machines and control plane
// end side by side, then what both leave behind. Functions here are pure.
package teardown
