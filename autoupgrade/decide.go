package autoupgrade

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
)

// Upgrade that the front door is asked for.
type Upgrade struct {
	// Release that is rolled out by it.
	Release string
	// To is the version of the control plane, and Pools those of pools that change. It is zero for a node image.
	To    release.Version
	Pools map[string]release.Version
	// NodeImage that Pool gets.
	NodeImage, Pool string
}

// Decision about a cluster.
type Decision struct {
	// Next is what the channels lead to, for the cluster's status; nil without a channel.
	Next *v1alpha1.AutoUpgrade
	// Start is what may begin now, as far as it depends on this cluster; nil for nothing.
	Start *Upgrade
	// Otherwise is what may begin if Start is refused: a node image does not wait for an upgrade of Kubernetes that cannot begin.
	Otherwise *Upgrade
	// Look is the next time at which something may begin; zero if none is known.
	Look time.Time
}

// Decide what the channels of a cluster lead to, and whether it may begin. Kubernetes goes first: nodes get their newest image with it.
func Decide(f Facts) Decision {
	c := f.Cluster
	if c.DeletionTimestamp != nil || c.Spec.KubernetesChannel() == "" && c.Spec.NodeImageChannel() == "" {
		return Decision{}
	}
	d := Decision{Next: &v1alpha1.AutoUpgrade{ObservedGeneration: c.Generation}}
	if channel := c.Spec.KubernetesChannel(); channel != "" {
		d.Next.Kubernetes = d.weigh(f, channel, kubernetes(f, channel), v1alpha1.MaintenanceAutoUpgrade)
	}
	if channel := c.Spec.NodeImageChannel(); channel != "" {
		d.Next.NodeImage = d.weigh(f, channel, nodeImage(f), v1alpha1.MaintenanceNodeOS)
	}
	return d
}

// candidate for an upgrade.
type candidate struct {
	Upgrade
	// name of what it leads to, and since when it could begin.
	name  string
	since time.Time
	// none says why there is no upgrade; "" if there is one.
	none string
	// blocked says what keeps this upgrade from beginning; "" if nothing does.
	blocked string
}

// weigh a candidate: when it may begin, and whether it is the one that begins now.
func (d *Decision) weigh(f Facts, channel string, c candidate, configuration string) *v1alpha1.PlannedUpgrade {
	p := &v1alpha1.PlannedUpgrade{Channel: channel, To: c.name, Message: c.none}
	if c.none != "" {
		if why := failed(f); why != "" { // what it failed to become is in its spec already
			p.Message = why
		}
		return p
	}
	m := momentOf(f, c.since, configuration)
	blocked := obstacle(f)
	if blocked == "" {
		blocked = c.blocked
	}
	p.Message = m.why
	switch due := !m.at.IsZero() && !f.Now.Before(m.at); {
	case due && blocked == "" && d.Start == nil:
		d.Start, p.Message = &c.Upgrade, "It begins now."
	case due && blocked == "":
		d.Otherwise, p.Message = &c.Upgrade, "It begins after the upgrade of Kubernetes."
	case due:
		p.Message = blocked
	case !m.at.IsZero():
		d.looks(m.at)
		p.At = &metav1.Time{Time: m.at.UTC()}
	}
	if blocked != "" && p.At != nil {
		p.Message += " It could not begin now: " + blocked
	}
	return p
}

func (d *Decision) looks(at time.Time) {
	if d.Look.IsZero() || at.Before(d.Look) {
		d.Look = at
	}
}

// kubernetes is what a channel leads the control plane and the pools to.
func kubernetes(f Facts, channel string) candidate {
	catalogue, from := f.catalogue(), version(f.Cluster.Spec.KubernetesVersion)
	t := targetOf(channel, from, f.Releases, catalogue)
	c := candidate{none: t.none, since: t.since, Upgrade: Upgrade{To: t.to}}
	if t.none != "" {
		c.To, c.since = from, addedAt(f.Releases, from) // pools may be behind
	}
	c.Pools = poolsTo(f, channel, c.To, catalogue)
	if t.none != "" && len(c.Pools) == 0 {
		return c
	}
	for _, v := range c.Pools {
		if t.none != "" {
			c.since = later(c.since, addedAt(f.Releases, v))
		}
	}
	r, _ := catalogue.Release(c.To)
	c.none, c.Release, c.name = "", r.Name, c.To.String()
	c.blocked = halted(r)
	for _, name := range slices.Sorted(maps.Keys(c.Pools)) { // channel patch brings pools to releases of their own
		r, _ := catalogue.Release(c.Pools[name])
		c.blocked = cmp.Or(c.blocked, halted(r))
	}
	c.blocked = cmp.Or(c.blocked, leftBehind(f, c.To))
	return c
}

// poolsTo is the version of each pool that changes with its control plane. Channel patch keeps a pool at its minor, the others bring it to the control plane's
// version. A pool that is pinned to its node image stays.
func poolsTo(f Facts, channel string, controlPlane release.Version, c release.Catalogue) map[string]release.Version {
	pools := map[string]release.Version{}
	for _, p := range f.staying() {
		from, to := version(p.Spec.OrchestratorVersion), controlPlane
		if channel == v1alpha1.UpgradeChannelPatch && !from.SameMinor(controlPlane) {
			to, _ = newestOf(from, c)
			if c.PlanOf(from) != release.Official { // a pool can be brought to versions in support only
				continue
			}
		}
		if p.Spec.NodeImageVersion == "" && to.Compare(from) > 0 && release.CheckPool(to, controlPlane) == nil {
			pools[p.Spec.Name] = to
		}
	}
	return pools
}

// nodeImage is the newest one of the first pool, by name, that does not have it: pools follow each other, so one that cannot be upgraded spares the others.
// A pool whose release is halted is what is left when no other has anything to do.
func nodeImage(f Facts) candidate {
	catalogue := f.catalogue()
	var pinned []string
	var held *candidate
	for _, p := range f.staying() {
		v := version(p.Spec.OrchestratorVersion)
		newest, ok := catalogue.Release(v)
		if !ok || !newerImage(imageOf(p, catalogue), newest.Spec.NodeImageVersion) {
			continue
		}
		if p.Spec.NodeImageVersion != "" {
			pinned = append(pinned, p.Spec.Name)
			continue
		}
		image := newest.Spec.NodeImageVersion
		next := candidate{
			Upgrade: Upgrade{Release: newest.Name, NodeImage: image, Pool: p.Spec.Name}, name: image, blocked: halted(newest),
			since: first(f.Releases, func(o release.Version, r v1alpha1.Release) bool { return o == v && r.Spec.NodeImageVersion == image }),
		}
		if next.blocked == "" {
			return next
		}
		if held == nil {
			held = &next
		}
	}
	if held != nil {
		return *held
	}
	if len(pinned) > 0 {
		return candidate{none: fmt.Sprintf("Nothing to do: there is a newer node image for %s, and each is pinned to the one that it has. The others have the newest.",
			strings.Join(pinned, ", "))}
	}
	return candidate{none: "Nothing to do: every pool has the newest node image of its version."}
}

// imageOf a pool, by its release; one whose release is gone has what its nodes have.
func imageOf(p *v1alpha1.AgentPool, c release.Catalogue) string {
	if r, ok := c.ByName(p.Spec.Release); ok {
		return r.Spec.NodeImageVersion
	}
	return p.Status.NodeImageVersion
}

// newerImage reports whether an image differs from the present one, and has no older packages.
func newerImage(present, other string) bool {
	before, known := release.ImageDate(present)
	after, too := release.ImageDate(other)
	return present != other && !(known && too && after.Before(before))
}
