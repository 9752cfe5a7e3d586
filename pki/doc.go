// Package pki makes authorities, certificates and keys: ECDSA P-256, from the standard library.
//
//	authority.go  authorities and what they sign
//	leaf.go       a certificate by its purpose: issued, kept, and issued again when Stale gives a reason
//	roots.go      all authorities and keys of one hosted cluster, as the content of its Secret
//	rotation.go   replacing them while the cluster runs
//	expiry.go     when certificates end, and what happens when an authority has
//	store.go      certificates and keys in a directory, for the management cluster's own host
//
// Every hosted cluster has authorities of its own, so that a credential of one cluster means nothing to another. Times here are real
// times: certificates are checked by programs that know no other clock.
package pki
