// Package store maintains the etcd of every hosted control plane: it watches how full it is, and frees space when it is full.
//
// An etcd whose file reaches its quota refuses writes, also after its customer has deleted what they can: only compaction and defragmentation
// give the space of deleted objects back, and the alarm ends only when it is disarmed. The API server compacts every five minutes, but it has
// to write for that. So Lotse does all three. It also defragments a file that has grown while little of it is in use, because the quota holds
// for the file.
//
// The result is written to the cluster's status.store. Package provision decides how it affects the cluster's health.
package store
