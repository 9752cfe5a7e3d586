// Package host is the management cluster on one machine: one node, upstream's programs, nothing between them and Kubernetes.
//
// lotse-node supervises three processes (containerd, kubelet, kube-proxy); etcd and the control plane are static Pods of that kubelet.
// Everything lies under the data directory (/var/lib/lotse) and /run/lotse, all cgroups under /lotse, all addresses in 100.96.0.0/14, so
// that it shares a machine with other things and can be found again to be removed.
//
// What is written is a pure function of a Spec (Files); Up writes what differs, starts what does not run and waits. The order makes an
// interruption harmless: images come before the static Pods that need them, keys before certificates, and /run/lotse/agent.pid is
// written by whoever starts the agent, so that a second start finds the first.
//
// Pods get their interface from the CNI plugin ptp, not bridge: every packet between Pods is routed and so passes the rules for
// Services, with no need of the kernel's br_netfilter and its machine-wide settings.
package host
