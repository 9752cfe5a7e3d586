package containerservice

import (
	"net/http"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/route"
	"lotse.dev/release"
)

type patchVersion struct {
	Upgrades []string `json:"upgrades"`
	// LotseProfile has the releases of the version, newest first; the first is what a new cluster gets.
	LotseProfile []builtRelease `json:"lotseProfile"`
}

// builtRelease is one build of a version.
type builtRelease struct {
	Name             string `json:"name"`
	NodeImageVersion string `json:"nodeImageVersion"`
	CreatedAt        string `json:"createdAt"`
	// RolloutHalted says why no cluster gets it by its channels.
	RolloutHalted string `json:"rolloutHalted,omitempty"`
}

type capabilities struct {
	SupportPlan []string `json:"supportPlan"`
}

type minorVersion struct {
	Version       string                  `json:"version"`
	IsDefault     bool                    `json:"isDefault,omitempty"`
	IsPreview     bool                    `json:"isPreview"`
	Capabilities  capabilities            `json:"capabilities"`
	PatchVersions map[string]patchVersion `json:"patchVersions"`
	LotseProfile  minorLife               `json:"lotseProfile"`
}

// minorLife is how long upstream supports a minor, and what it can be used for here. Dates that are not known are left out.
type minorLife struct {
	State            string  `json:"state"`
	SupportPlan      string  `json:"supportPlan"`
	ReleaseDate      string  `json:"releaseDate,omitempty"`
	EndOfSupportDate string  `json:"endOfSupportDate,omitempty"`
	Lifecycle        []phase `json:"lifecycle"`
}

type phase struct {
	State string `json:"state"`
	From  string `json:"from,omitempty"`
}

// kubernetesVersions is the list of versions in its newer form, by minor. Minors that no new cluster can have are in it too, for those that have them;
// they have no support plan, and the older form lacks them.
func (p *Provider) kubernetesVersions(w http.ResponseWriter, r *route.Request) error {
	c, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	values := []minorVersion{}
	for _, minor := range c.Minors() {
		values = append(values, minorOf(c, minor))
	}
	return route.JSON(w, http.StatusOK, map[string][]minorVersion{"values": values})
}

func minorOf(c release.Catalogue, minor release.Version) minorVersion {
	standard, err := c.Default()
	m := minorVersion{
		Version: minor.String(), IsDefault: err == nil && minor.SameMinor(standard), IsPreview: c.StateOf(minor) == release.Preview,
		Capabilities: capabilities{[]string{}}, PatchVersions: map[string]patchVersion{}, LotseProfile: lifeOf(c, minor),
	}
	if c.PlanOf(minor) == release.Official {
		m.Capabilities.SupportPlan = append(m.Capabilities.SupportPlan, string(release.Official))
	}
	for _, v := range c.Versions() {
		if v.SameMinor(minor) {
			m.PatchVersions[v.String()] = patchVersion{names(c.Upgrades(v)), builds(c.Releases(v))}
		}
	}
	return m
}

func builds(releases []v1alpha1.Release) []builtRelease {
	all := []builtRelease{}
	for _, r := range releases {
		_, halted, _ := r.RolloutHalt()
		all = append(all, builtRelease{r.Name, r.Spec.NodeImageVersion, r.CreationTimestamp.UTC().Format(time.RFC3339), halted})
	}
	return all
}

func lifeOf(c release.Catalogue, minor release.Version) minorLife {
	l := minorLife{State: string(c.StateOf(minor)), SupportPlan: string(c.PlanOf(minor)), Lifecycle: []phase{}}
	for _, p := range release.Lifecycle(minor) {
		from := ""
		if !p.From.IsZero() {
			from = p.From.Format(time.DateOnly)
		}
		switch p.State {
		case release.Supported:
			l.ReleaseDate = from
		case release.Expired:
			l.EndOfSupportDate = from
		}
		l.Lifecycle = append(l.Lifecycle, phase{string(p.State), from})
	}
	return l
}
