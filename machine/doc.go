// Package machine starts Machines and keeps them nodes of their cluster.
//
// A machine's life: its boot file is written with a first certificate and a bootstrap token of its own; a provider starts it, while the control
// plane may still be starting; as soon as the hosted API server answers, the kubelet joins with the certificate; its node becomes Ready, and the
// certificate is removed from the Secret. From then on the node's labels and taints follow the machine's model, and the kubelet asks for further
// certificates, which package csr decides on.
//
// A machine that ended without being deleted (eviction, a host's restart, a deleted Pod) starts again on the same disk, and the same node
// comes back. If the disk was lost too, the token is published in the hosted cluster and the machine joins with that; it is revoked when the node is Ready.
//
// A machine that is stopped, with its pool or its cluster, or deallocated, because it is beyond its pool's count, is drained too; its Pod ends, its disk and its
// node stay, and a start lets both come back. One that gets another node image is drained when its scale set says so (package rollout), loses its disk, and comes
// back under the same name as another node.
//
// A deleted machine is drained first. Disruption budgets are respected without a time limit: the operation of the pool fails after its own
// timeout and names the budget, and the machine is deleted when the budget allows it. Only when the pool itself is being deleted does the
// drain end after drainTimeout, because then there is no state to go back to. A node that is not Ready is not drained: nothing on it could
// end gracefully. If the whole cluster is being deleted there is nothing to drain for, and the machine is deleted at once.
package machine
