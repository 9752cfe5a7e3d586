// Package controlplane renders a hosted control plane as Kubernetes objects. Everything here is a pure function of a Spec: what it
// returns is what the cluster controller applies, and the golden files show it whole.
//
// A control plane is a namespace with etcd (StatefulSet and volume), kube-apiserver with the Konnectivity server beside it (Deployment),
// controller manager and scheduler (StatefulSets, because there must never be two). All of them start at the same time and wait for each
// other: nothing is started in order, so a start takes as long as the slowest and not as all together, and a restart of the host needs
// no coordination.
//
// The programs run as an unprivileged user on a read-only root without capabilities; they hold no credential of the management cluster.
// Components find each other by the addresses of their Services, not by name: a control plane must come back when the management
// cluster's DNS does not.
package controlplane
