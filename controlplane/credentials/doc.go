// Package credentials says what each component of a control plane holds: one Secret per component with only what it needs, and the
// kubeconfig of the service. People's certificates are the front door's: it issues them when they are asked for.
//
// What a Secret should hold is a table (need). What it does hold is kept as long as it is valid; Secrets returns the content that the
// Secrets must have now, which is what they have unless something is missing, outdated or due for renewal.
package credentials
