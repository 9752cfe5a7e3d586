// Package rollout decides how the machines of a pool come to another node image: how many surge machines are added, which nodes are drained, when
// each machine is replaced, and when a rollout has failed. It is pure: the scale set's controller takes its steps, the pool's controller says how
// far they are.
//
// A rollout is no object. It is the difference between machines and the model that they should have, and it goes on as long as the operation of
// the pool is in progress. When that ends, however it ends, nothing of a rollout stays: surge machines are removed, nodes that were being drained
// are uncordoned. The next operation of the pool goes on where this one stopped, because what was replaced no longer differs.
//
// A machine that is replaced keeps its name. Its node is cordoned and its Pods are evicted; it soaks; it gets another disk with the other image, and
// joins as a new node of the same name. That is one step after the other, each seen in the machine's spec and status:
//
//	Drain in its spec → condition Drained → the soak → another model in its spec → condition Ready
//
// The floor is kept before every drain: as many Ready nodes that are not being drained as the pool should have, less maxUnavailable. The ceiling is
// kept before every creation: no more machines than the pool should have and maxSurge.
package rollout
