// Package registry is the registry's API at the front door: it implements the token handshake of OCI registries, decides access by the same
// roles as other routes, and forwards requests to Lotse's registry over mutual TLS. Lotse's own images, under lotse/, are read-only.
package registry
