package autoupgrade

import (
	"slices"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
)

// Facts that a decision about one cluster is made from.
type Facts struct {
	Cluster *v1alpha1.ManagedCluster
	// Pools of the cluster.
	Pools []v1alpha1.AgentPool
	// Releases that are installed.
	Releases []v1alpha1.Release
	// Maintenance has the cluster's maintenance configurations.
	Maintenance []v1alpha1.MaintenanceConfigurationSpec
	Now         time.Time
}

func (f Facts) catalogue() release.Catalogue { return release.New(f.Releases, f.Now) }

// staying pools are those that are not being deleted, by name.
func (f Facts) staying() []*v1alpha1.AgentPool {
	var all []*v1alpha1.AgentPool
	for i := range f.Pools {
		if p := &f.Pools[i]; p.DeletionTimestamp == nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *v1alpha1.AgentPool) int { return strings.Compare(a.Spec.Name, b.Spec.Name) })
	return all
}

// version of a spec. It was checked when it was written; one that cannot be read counts as the oldest.
func version(s string) release.Version {
	v, _ := release.ParseVersion(s)
	return v
}
