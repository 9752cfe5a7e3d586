// Package host is the management cluster on one host: a single node that runs upstream's programs.
//
// lotse-node supervises containerd, the isolation's enforcer, kubelet and kube-proxy; etcd and the control plane are static Pods of that
// kubelet. All files are under the data directory (/var/lib/lotse) and /run/lotse, all cgroups under /lotse, all addresses in 100.96.0.0/14,
// so that Lotse can share the host with other programs and all of it can be found and removed.
//
// Files are a pure function of a Spec; Up writes those that differ, starts what does not run and waits. The order makes an interruption
// harmless: images come before the static Pods that need them, and keys before certificates. The agent is found in the process table by its
// exact command line, so a second start finds the first.
//
// Pods get their interface from the CNI plugin ptp, not bridge: every packet between Pods is routed and so passes the rules for
// Services, without the kernel's br_netfilter and its host-wide settings.
package host
