// Package install installs Lotse on a management cluster: definitions, roles, keys, the registry with its images, Lotse itself, and the first
// subscription with its administrator. It does the same on the cluster that "lotse up" starts (Up calls host) and on one that exists already;
// Target contains the differences.
//
// Objects are rendered purely and written by server-side apply, so a second run changes only what differs. What is generated once (keys, the
// administrator's secret, identifiers) is stored before it is used.
package install
