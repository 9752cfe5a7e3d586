package rollout

import (
	"strconv"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
)

// Defaults are AKS's.
const (
	defaultSurge        = "10%"
	defaultDrainTimeout = 30 * time.Minute
)

// Settings of a rollout, for a pool of a known size.
type Settings struct {
	// Surge is how many machines more than the pool's count there may be, and Unavailable how many nodes fewer.
	Surge, Unavailable int
	DrainTimeout, Soak time.Duration
	// Quarantine a node that cannot be drained, and go on with the others; otherwise the rollout ends there.
	Quarantine bool
}

// Resolve settings for a pool of count machines. At least one machine can be replaced at a time.
func Resolve(u *v1alpha1.UpgradeSettings, count int) Settings {
	if u == nil {
		u = &v1alpha1.UpgradeSettings{}
	}
	s := Settings{
		Unavailable: share(u.MaxUnavailable, count), DrainTimeout: time.Duration(u.DrainTimeoutInMinutes) * time.Minute,
		Soak: time.Duration(u.NodeSoakDurationInMinutes) * time.Minute, Quarantine: u.UndrainableNodeBehavior == "Cordon",
	}
	surge := u.MaxSurge
	if surge == "" {
		surge = defaultSurge
	}
	s.Surge = share(surge, count)
	if s.Surge == 0 && s.Unavailable == 0 {
		s.Surge = 1
	}
	if s.DrainTimeout == 0 {
		s.DrainTimeout = defaultDrainTimeout
	}
	return s
}

// share of a number of nodes: a number, or percent of the count, rounded up. What cannot be read is nothing; the front door refuses it.
func share(s string, count int) int {
	number, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 0:
		return 0
	case percent:
		n = (n*count + 99) / 100
	}
	return min(n, count)
}
