package containerservice

import (
	"net/http"
	"slices"

	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/route"
	"lotse.dev/release"
)

type upgradeItem struct {
	KubernetesVersion string `json:"kubernetesVersion"`
	IsPreview         bool   `json:"isPreview"`
}

type upgradeProfile struct {
	Name                   string        `json:"name,omitempty"`
	KubernetesVersion      string        `json:"kubernetesVersion"`
	OSType                 string        `json:"osType"`
	Upgrades               []upgradeItem `json:"upgrades"`
	LatestNodeImageVersion string        `json:"latestNodeImageVersion,omitempty"`
}

type clusterUpgradeProperties struct {
	ControlPlaneProfile upgradeProfile   `json:"controlPlaneProfile"`
	AgentPoolProfiles   []upgradeProfile `json:"agentPoolProfiles"`
}

type clusterUpgradeBody struct {
	wire.Identifiers
	Properties clusterUpgradeProperties `json:"properties"`
}

type poolUpgradeBody struct {
	wire.Identifiers
	Properties upgradeProfile `json:"properties"`
}

func profileOf(c release.Catalogue, name string, present release.Version, upgrades []release.Version) upgradeProfile {
	p := upgradeProfile{Name: name, KubernetesVersion: present.String(), OSType: "Linux", Upgrades: []upgradeItem{}}
	for _, v := range upgrades {
		p.Upgrades = append(p.Upgrades, upgradeItem{v.String(), c.StateOf(v) == release.Preview})
	}
	return p
}

func (p *Provider) clusterUpgrades(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	c, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	present := state.Version(s.Object.Spec.KubernetesVersion)
	upgrades := c.Upgrades(present)
	if runs := s.Object.Status.CurrentKubernetesVersion; runs != "" { // an upgrade that failed may have left it at the version before
		upgrades = slices.DeleteFunc(upgrades, func(v release.Version) bool { return release.CheckUpgrade(state.Version(runs), v) != nil })
	}
	properties := clusterUpgradeProperties{
		ControlPlaneProfile: profileOf(c, "", present, upgrades), AgentPoolProfiles: []upgradeProfile{},
	}
	for _, pool := range s.Pools() {
		properties.AgentPoolProfiles = append(properties.AgentPoolProfiles, poolUpgradeProfile(s, pool, c))
	}
	return route.JSON(w, http.StatusOK, clusterUpgradeBody{
		wire.Identifiers{ID: s.Object.ID() + "/upgradeProfiles/default", Name: "default", Type: wire.ClusterType + "/upgradeProfiles"}, properties,
	})
}

// poolUpgradeProfile says where a pool can go; its image's newest build is the newest of its own version.
func poolUpgradeProfile(s state.Cluster, pool state.Pool, c release.Catalogue) upgradeProfile {
	present := state.Version(pool.Spec.OrchestratorVersion)
	profile := profileOf(c, pool.Name, present, c.PoolUpgrades(present, state.Version(s.Object.Spec.KubernetesVersion)))
	if r, ok := c.Release(present); ok {
		profile.LatestNodeImageVersion = r.Spec.NodeImageVersion
	}
	return profile
}

func (p *Provider) poolUpgrades(w http.ResponseWriter, r *route.Request) error {
	s, pool, err := p.shownPool(r)
	if err != nil {
		return err
	}
	c, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	profile := poolUpgradeProfile(s, pool, c)
	profile.Name = ""
	return route.JSON(w, http.StatusOK, poolUpgradeBody{
		wire.Identifiers{ID: wire.PoolID(s, pool.Name) + "/upgradeProfiles/default", Name: "default", Type: wire.PoolType + "/upgradeProfiles"}, profile,
	})
}
