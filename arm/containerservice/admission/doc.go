// Package admission decides whether a planned write of a cluster or a pool may happen now: by quotas, by the capacity of the management
// cluster, by names that are taken, and by what must stay. It is pure over facts that the handler read before. Whether another operation
// is in progress is package concurrency's.
package admission
