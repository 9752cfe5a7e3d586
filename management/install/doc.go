// Package install puts Lotse on a management cluster: definitions, rights, keys, the registry with its images, Lotse itself, and the
// first subscription with its administrator. It is the same for the cluster that "lotse up" brought along (Up calls host) and for one
// that exists already; Target says what differs.
//
// Objects are rendered purely and written by server-side apply, so a second run changes what differs and nothing else. What must be made
// up once (keys, the administrator's secret, identifiers) is written down before it is used.
package install
