package boot

// NodesGroup of every kubelet in its cluster, by Kubernetes' convention.
const NodesGroup = "system:nodes"

// NodeUserPrefix of a kubelet's user in its cluster, by Kubernetes' convention; the node's name follows.
const NodeUserPrefix = "system:node:"
