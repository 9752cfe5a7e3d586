package plan

import (
	"regexp"
	"strconv"
	"strings"

	"lotse.dev/api/v1alpha1"
)

// Limits of upgrade settings, AKS's.
const (
	maxDrainTimeout = 1440 // minutes
	maxNodeSoak     = 30   // minutes
)

var nodeShare = regexp.MustCompile(`^(0|[1-9][0-9]{0,3})%?$`)

// checkUpgradeSettings returns what AKS would refuse of a pool's.
func checkUpgradeSettings(p v1alpha1.AgentPoolSpec, wrong complaint) {
	u := p.UpgradeSettings
	if u == nil {
		return
	}
	const field = "upgradeSettings."
	share := func(name, value string) {
		if !validShare(value) {
			wrong(field+name, "'%.20s' is neither a number of nodes, such as 1, nor a share of the pool, such as 33%%", value)
		}
	}
	share("maxSurge", u.MaxSurge)
	share("maxUnavailable", u.MaxUnavailable)
	switch surges, misses := some(u.MaxSurge, true), some(u.MaxUnavailable, false); {
	case !surges && !misses:
		wrong(field+"maxSurge", "with maxSurge 0 and no maxUnavailable no node could be upgraded; set one of them")
	case surges && misses:
		wrong(field+"maxUnavailable", "maxSurge must be 0 for maxUnavailable to be more; send 0 for one of them")
	case misses && p.Mode == v1alpha1.SystemPool:
		wrong(field+"maxUnavailable", "a System pool is upgraded with maxSurge only; send 0, or leave it out")
	}
	if u.DrainTimeoutInMinutes < 0 || u.DrainTimeoutInMinutes > maxDrainTimeout {
		wrong(field+"drainTimeoutInMinutes", "it is 1 to %d, or 0 for the default", maxDrainTimeout)
	}
	if u.NodeSoakDurationInMinutes < 0 || u.NodeSoakDurationInMinutes > maxNodeSoak {
		wrong(field+"nodeSoakDurationInMinutes", "it is 0 to %d", maxNodeSoak)
	}
}

func validShare(value string) bool {
	if value == "" {
		return true
	}
	number, percent := strings.CutSuffix(value, "%")
	most := v1alpha1.MaxNodesPerPool
	if percent {
		most = 100
	}
	n, err := strconv.Atoi(number)
	return nodeShare.MatchString(value) && err == nil && n <= most
}

// some reports whether a share is more than nothing; standard is what an empty one is.
func some(value string, standard bool) bool {
	if value == "" {
		return standard
	}
	return strings.Trim(value, "0%") != ""
}
