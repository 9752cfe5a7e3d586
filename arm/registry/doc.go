// Package registry lets people push and pull images through the front door: it speaks the token handshake of OCI registries, decides
// access from the same roles as everything else, and hands the rest to Lotse's registry over mutual TLS. Lotse's own images, under lotse/,
// can be read and not written.
package registry
