// Package containerservice is Microsoft.ContainerService: managed clusters and agent pools over ManagedCluster and AgentPool objects.
//
// The write of a cluster or a pool goes through the same steps, which putcluster.go and putpool.go show. Each of them reads what it needs and
// leaves the decision to a pure package:
//
//	read     the present state (package state), conditions, and that no operation is in progress (package concurrency)
//	decode   the body, strictly, merged over the present spec (package request)
//	plan     the spec that this leads to, or all that is wrong with it (package plan)
//	admit    whether it may happen now: quotas, capacity, names (package admission)
//	write    the spec, under a lock or a reservation; its operation is the new generation
//
// A new verb is a route and a file named after it. It begins with read, changes the spec in plan or refuses in admission, and writes with
// updateCluster or writePool and its own verb of the vocabulary.
package containerservice
