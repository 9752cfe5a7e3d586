// Package queue is the provisioning queue. Control planes and machines that start take all processors there are, and many at once take much
// longer than one after the other; so only some clusters are provisioned at the same time, the oldest first. The others wait.
//
// The queue is no object: a cluster's position in it is decided from the clusters alone, and condition Admitted records since when a cluster
// is being provisioned. Functions here are pure.
package queue
