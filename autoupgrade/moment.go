package autoupgrade

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule"
	"lotse.dev/schedule/maintenance"
)

// spread is the time over which clusters without a maintenance configuration begin what a release leads to.
const spread = 24 * time.Hour

// moment at which an upgrade begins, if nothing is in its way.
type moment struct {
	// at is zero if the time never comes.
	at time.Time
	// why is a sentence.
	why string
}

// momentOf an upgrade that a cluster could have since a time, by its own maintenance configuration or else by that of everything. Each cluster has its own: in
// the first half of a window, or within a day if it has no windows. What could begin then and could not may begin until the window ends.
func momentOf(f Facts, since time.Time, configuration string) moment {
	spec, found := configured(f.Maintenance, configuration)
	if !found {
		at := since.Add(share(f.Cluster, spread)).Truncate(time.Second)
		return moment{at, fmt.Sprintf("It begins at %s. There is no maintenance configuration, and each cluster has a time of its own in the %.0f hours after a release was added.",
			utc(at), spread.Hours())}
	}
	calendar, err := maintenance.Calendar(spec)
	if err != nil { // the front door admits none of these
		return moment{why: fmt.Sprintf("Maintenance configuration %s cannot be read: %v.", spec.Name, err)}
	}
	window, ok := after(calendar, f.Now, since)
	if !ok {
		return moment{why: fmt.Sprintf("Maintenance configuration %s has no window, now or later.", spec.Name)}
	}
	begin := later(window.Start, since)
	at := begin.Add(share(f.Cluster, window.End.Sub(begin)/2)).Truncate(time.Second)
	return moment{at, fmt.Sprintf("It begins at %s, in the window of maintenance configuration %s from %s to %s.",
		utc(at), spec.Name, utc(window.Start), utc(window.End))}
}

// after is the first window that is not over, and in which the upgrade could begin.
func after(c schedule.Calendar, now, since time.Time) (schedule.Span, bool) {
	window, ok := c.Next(now)
	for ok && !window.End.After(since) {
		window, ok = c.Next(window.End)
	}
	return window, ok
}

// configured is the configuration of a name, or else the one of everything.
func configured(all []v1alpha1.MaintenanceConfigurationSpec, name string) (v1alpha1.MaintenanceConfigurationSpec, bool) {
	for _, name := range []string{name, v1alpha1.MaintenanceDefault} {
		if i := slices.IndexFunc(all, func(m v1alpha1.MaintenanceConfigurationSpec) bool { return m.Name == name }); i >= 0 {
			return all[i], true
		}
	}
	return v1alpha1.MaintenanceConfigurationSpec{}, false
}

// share of a duration that is a cluster's own: always the same, and evenly spread over clusters.
func share(c *v1alpha1.ManagedCluster, of time.Duration) time.Duration {
	const parts = 1 << 16
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.UID)) // never fails
	sum := h.Sum64()
	return of / parts * time.Duration((sum^sum>>32^sum>>16)%parts)
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
