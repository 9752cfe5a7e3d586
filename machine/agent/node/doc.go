// Package node turns the Pod that it runs in into a node of a hosted cluster. PID 1 of every machine runs it.
//
// First the Pod is prepared: a cgroup tree of its own (package cgroup), its own size (package hardware), mounts that
// can be shared with pods, a fresh /run, sysctls of its network namespace. Then configuration is written (package settings) and
// containerd, the kubelet and kube-proxy are kept running (package supervise).
//
// When the machine restarts,
//   - these are kept on the disk: /var/lib/containerd, /var/lib/kubelet (with the node's certificate), and /var/log, which is bound from
//     /var/lib/kubelet/machine/log so that the logs of pods and components are kept and fill the machine's disk, not the host's;
//   - everything else is new. In particular /etc/cni/net.d: the node is not ready until its network has been set up again, instead of
//     giving pods addresses by an old configuration.
package node
