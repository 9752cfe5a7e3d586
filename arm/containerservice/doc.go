// Package containerservice is Microsoft.ContainerService: managed clusters and agent pools over ManagedCluster and AgentPool objects.
//
// A write is read strictly against the present answer (body), merged over the present spec, checked as a whole (plan), and stored; its
// operation is the new generation. What Lotse does not implement is refused by name, unless it asks for what is so anyway.
package containerservice
