// Package baseaddons renders what a management cluster needs before Lotse can live on it: DNS, volumes, and the rights of the host's own
// components. On a cluster that exists already only the volumes may be missing.
package baseaddons
