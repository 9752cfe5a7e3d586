// Package pki makes the authorities, certificates and keys of the management cluster and of Lotse's own endpoints: ECDSA P-256, from
// the standard library. A certificate is kept as long as it says what it should and is far from its end; otherwise a new one is issued.
package pki
