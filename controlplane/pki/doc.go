// Package pki makes the keys and certificates of one hosted cluster. Every cluster has authorities of its own, so that a credential
// of one cluster means nothing to another.
//
// The roots (Roots) are made once and never replaced by this package: whatever is already there is kept, only what is missing is made.
// Leaf certificates are described by what they are for (Leaf) and kept until Stale finds a reason to issue them again. Times here are
// real times: certificates are checked by programs that know no other clock.
package pki
