package autoupgrade

import (
	"strings"

	"lotse.dev/api/v1alpha1"
)

// CorrelationID of the request by which an upgrade is asked for.
func CorrelationID(u Upgrade) string {
	if u.NodeImage != "" {
		return v1alpha1.CorrelationAutoUpgrade + u.NodeImage
	}
	return v1alpha1.CorrelationAutoUpgrade + u.To.String()
}

// Fleet is all clusters of this Lotse.
type Fleet struct {
	Clusters int
	// Upgrading clusters have an automatic upgrade in progress.
	Upgrading int
}

// FleetOf clusters and their pools.
func FleetOf(clusters []v1alpha1.ManagedCluster, pools []v1alpha1.AgentPool) Fleet {
	f := Fleet{Clusters: len(clusters)}
	upgrading := map[string]bool{}
	for i := range clusters {
		upgrading[key(clusters[i].Namespace, clusters[i].Name)] = underWay(&clusters[i])
	}
	for i := range pools {
		if p := &pools[i]; underWay(p) {
			upgrading[key(p.Namespace, p.Spec.Cluster)] = true
		}
	}
	for _, is := range upgrading {
		if is {
			f.Upgrading++
		}
	}
	return f
}

func key(namespace, cluster string) string { return namespace + "/" + cluster }

// underWay reports whether an object's operation is an automatic upgrade in progress, also one that no controller has seen.
func underWay(o v1alpha1.Tracked) bool {
	op := v1alpha1.CurrentOperation(o)
	if op.State != v1alpha1.InProgress {
		return false
	}
	id := op.CorrelationID
	if id == "" {
		id = o.GetAnnotations()[v1alpha1.AnnotationCorrelationID]
	}
	return strings.HasPrefix(id, v1alpha1.CorrelationAutoUpgrade)
}

// Full says why no further cluster may begin, with a share of the fleet in percent that may be upgraded at the same time, one cluster at least; "" if one may.
func (f Fleet) Full(percent int) string {
	limit := max(1, f.Clusters*percent/100)
	if f.Upgrading < limit {
		return ""
	}
	return "It waits for its turn: other clusters are being upgraded by their channels." // how many is not for customers
}
