// Package pod makes machines out of Pods: a Pod with most capabilities runs the node image, and a PersistentVolumeClaim is its disk. Both are
// named like the machine's hostname.
//
// The disk holds what a node needs again after a restart: images, the kubelet's state with its certificate, and logs. A Pod that ended is
// created again on the same disk, and the same node comes back. Everything else is lost with the Pod, as a machine's memory is.
//
// A machine without a Pod whose disk exists is stopped. A machine is reimaged by deleting both; its new disk has the generation that the
// caller named, in an annotation of the claim.
//
// Limits are the machine's size. Requests are small, so that machines can share a host that is smaller than the sum of its machines, if the
// host's owner decides so, as with virtual machines.
//
// The Pod shares the host's kernel: a boundary for ordinary workloads, not for privileged ones. It has no device of the host and none of
// the rights that only a host needs (docs/security.md says where that ends).
package pod
