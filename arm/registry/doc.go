// Package registry is the registry's API at the front door: it implements the token handshake of OCI registries, decides access by the same
// roles as other routes, and forwards requests to Lotse's registry over mutual TLS. Repositories belong to a subscription, whose ID is the
// first part of their names; Lotse's own images, under lotse/, are read-only. See docs/design/images.md.
package registry
