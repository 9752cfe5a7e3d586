package store

import "lotse.dev/api/v1alpha1"

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
	// roomy data leaves enough space to let writes in again; beyond it a store is filling up.
	roomy = 80
	// sparse data in a large file is worth the seconds without an answer that defragmentation costs.
	sparse = 50
)

// facts of one look after one store.
type facts struct {
	v1alpha1.StoreState
	// tried in this look.
	tried map[step]bool
}

// decide what to do next. History goes first, because what is in use after that is what the customer keeps. An alarm ends only when there is
// space: otherwise it would come back with the next write.
func decide(f facts) step {
	large := share(f.SizeBytes, f.QuotaBytes) >= roomy
	switch {
	case f.Full && !f.tried[compact]:
		return compact
	case f.Full && share(f.UsedBytes, f.QuotaBytes) >= roomy:
		return nothing
	case f.Full && large && !f.tried[defragment]:
		return defragment
	case f.Full && !f.tried[disarm]:
		return disarm
	case !f.Full && large && share(f.UsedBytes, f.QuotaBytes) < sparse && !f.tried[defragment]:
		return defragment
	}
	return nothing
}

// share of the quota in percent. Without a quota nothing is ever full.
func share(bytes, quota int64) int64 {
	if quota <= 0 {
		return 0
	}
	return bytes * 100 / quota
}
