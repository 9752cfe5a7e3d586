// Package credentials says what each component of a control plane holds: one Secret per component with only what it needs, and the
// kubeconfigs of the service and of the customer.
//
// What a Secret should hold is a table (need). What it does hold is kept as long as it is valid; Secrets returns the content that the
// Secrets must have now, which is what they have unless something is missing, outdated or due for renewal.
package credentials
