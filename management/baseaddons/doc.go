// Package baseaddons renders what a management cluster needs before Lotse can be installed on it: DNS, volumes, and the roles of the host's
// components. On a cluster that exists already only the volumes may be missing.
package baseaddons
