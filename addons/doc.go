// Package addons renders what Lotse puts into a customer's cluster: DNS, the pod network, the tunnel's agents, metrics, and the bindings
// that give nodes, the service and the customer their rights. Everything is a pure function of a Spec, made only from the cluster's own
// Release (A6): an upgrade of Lotse does not change what a cluster runs.
//
// What runs on the host network (pod network, tunnel) calls the API server by the address machines use, because it must work before
// kube-proxy and DNS do. What runs in Pods uses the Service "kubernetes".
package addons
