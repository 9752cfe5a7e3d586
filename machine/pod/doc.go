// Package pod makes machines out of Pods: a powerful Pod running the node image, and a PersistentVolumeClaim that is its disk. Both are
// named like the machine's hostname.
//
// The disk holds what a node must find again after a restart: images, the kubelet's state with its certificate, and logs. A Pod that ends is
// made anew on the same disk, and the same node comes back. What a running machine needs beyond that is memory: its /run dies with it, as
// it should.
//
// Limits are the machine's size. Requests are small, so that machines can share a host that their owner knows to be smaller than the sum
// of its guests, as people do with virtual machines.
//
// The Pod shares the host's kernel: a boundary for ordinary workloads, not for privileged ones. It has no device of the host and none of
// the rights that only a host needs (docs/security.md says where that ends).
package pod
