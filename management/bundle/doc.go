// Package bundle collects what support needs to know about an installation: its state, its logs, and the host.
//
// It contains no secrets, because it never reads Secrets, keys, kubeconfigs or credentials. Logs are also redacted, because programs can print
// anything. It contains nothing of customers' nodes (contract, B2): neither their logs nor their processes.
//
// Each part is collected independently and within a time limit of its own, so that a bundle can be made when everything is down: a part that
// cannot be collected is a file with the reason.
package bundle
