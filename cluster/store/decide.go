package store

import (
	"time"

	"lotse.dev/api/v1alpha1"
)

// step is one thing that can be done for a store.
type step string

const (
	nothing    step = ""
	compact    step = "compact"
	defragment step = "defragment"
	disarm     step = "disarm"
)

// Shares of the quota, in percent.
const (
	// lowSpace is the share of data from which on a store is filling up. Below it there is enough space to admit writes again.
	lowSpace = 80
	// fragmented is the share of data below which a large file is defragmented, although etcd does not answer for seconds meanwhile.
	fragmented = 50
)

// facts of one maintenance of one store.
type facts struct {
	v1alpha1.StoreState
	// tried in this maintenance.
	tried map[step]bool
}

// decide what to do next. Compaction comes first: what is in use after it is what the customer keeps. An alarm ends only when there is
// space: otherwise it would come back with the next write.
func decide(f facts) step {
	large := share(f.SizeBytes, f.QuotaBytes) >= lowSpace
	switch {
	case f.Full && !f.tried[compact]:
		return compact
	case f.Full && share(f.UsedBytes, f.QuotaBytes) >= lowSpace:
		return nothing
	case f.Full && large && !f.tried[defragment]:
		return defragment
	case f.Full && !f.tried[disarm]:
		return disarm
	case !f.Full && large && share(f.UsedBytes, f.QuotaBytes) < fragmented && !f.tried[defragment]:
		return defragment
	}
	return nothing
}

// halfFull is the share of a file from which on the store is checked more often.
const halfFull = 50

// again is how long until the next check.
func again(s v1alpha1.StoreState) time.Duration {
	switch {
	case s.Full || FillingUp(s):
		return checkIntervalFull
	case s.Trouble != "" || share(s.SizeBytes, s.QuotaBytes) >= halfFull:
		return checkIntervalFilled
	}
	return checkInterval
}

// share of the quota in percent. Without a quota nothing is ever full.
func share(bytes, quota int64) int64 {
	if quota <= 0 {
		return 0
	}
	return bytes * 100 / quota
}
