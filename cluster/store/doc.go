// Package store looks after the etcd of every hosted control plane: how full it is, and that it does not stay full for longer than it must.
//
// An etcd whose file reaches its quota refuses writes, and goes on refusing them when its customer has deleted what they can: the space of
// what was deleted is given back by compaction and defragmentation only, and the alarm ends only when somebody ends it. The API server
// compacts every five minutes, but to note that, it would have to write. So Lotse does all three. It also defragments a file that has
// grown while little of it is in use, because the quota holds for the file.
//
// What it sees stands in the cluster's status.store. How that shows in the cluster's health is package cluster's business.
package store
