// Package webhooks finds the admission webhooks of a hosted cluster that stand in the way of what the cluster itself needs: its nodes, leases, certificate
// requests, Pods of kube-system, endpoints, cluster roles and APIServices. A stop asks for them, because no webhook answers before nodes run, and so does the
// check of an upgrade.
package webhooks
