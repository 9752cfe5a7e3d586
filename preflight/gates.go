package preflight

import (
	"slices"
	"strings"

	"lotse.dev/release"
)

// named objects of a finding at most.
const named = 5

// gates that the upgrade passes, that concern the cluster, and that nobody has acknowledged.
func (f Facts) gates() (all []Finding) {
	for _, g := range release.Gates(f.From, f.To) {
		if slices.Contains(f.Acknowledged, g.ID) {
			continue
		}
		subject := f.Cluster.Subjects[g.Concerns]
		what := strings.Join(shortened(subject.Items), ", ")
		switch {
		case subject.Unknown != "":
			what = "not known: " + subject.Unknown
		case what == "":
			continue
		}
		all = append(all, finding(GateClosed, Blocks, g.ID, "Kubernetes %s brings a break that concerns this cluster. %s. Its %s are %s. %s, "+
			"and then acknowledge '%s' (lotseProfile.acknowledgedVersionGates, lotse cluster upgrade --acknowledge). See %s.",
			g.Minor, g.Sentence, g.Concerns, what, g.Remedy, g.ID, g.Link))
	}
	return all
}

func shortened(names []string) []string {
	if len(names) <= named {
		return names
	}
	return append(slices.Clone(names[:named]), "and more")
}
