// Package node turns a powerful Pod into a node of a hosted cluster. It is what PID 1 of every machine runs.
//
// First the Pod is made to look like a machine: a cgroup tree of its own (package cgroup), its own size (package hardware), mounts that
// can be shared with pods, a fresh /run, kernel settings of its network namespace. Then configuration is written (package settings) and
// containerd, the kubelet and kube-proxy are kept running (package supervise).
//
// What lasts and what does not, when the machine restarts:
//   - on the disk: /var/lib/containerd, /var/lib/kubelet (with the node's certificate), and /var/log, which is bound from
//     /var/lib/kubelet/machine/log so that the logs of pods and components survive and fill the machine's disk, not the host's;
//   - new with each start: everything else, as on a machine whose image is its system. In particular /etc/cni/net.d: the node is not
//     ready until its network has been set up again, instead of giving pods addresses by an old configuration.
package node
