// Package addons renders what Lotse installs in a customer's cluster: role bindings of nodes, the service and the customer, the endpoints of
// the Service "kubernetes", the Konnectivity agents, CoreDNS and metrics-server. Everything is a pure function of a Spec, made only from the
// cluster's own Release (A6): an upgrade of Lotse does not change what a cluster runs. kube-proxy and the pod network are no add-ons but
// processes of each node (docs/design/foundation.md).
//
// The Konnectivity agents run on the host network and call the API server by the address that machines use, because they must work before
// kube-proxy and DNS do. Other Pods use the Service "kubernetes".
package addons
