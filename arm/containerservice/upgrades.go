package containerservice

import (
	"net/http"

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
	identifiers
	Properties clusterUpgradeProperties `json:"properties"`
}

type poolUpgradeBody struct {
	identifiers
	Properties upgradeProfile `json:"properties"`
}

func profileOf(name, present string, upgrades []release.Version) upgradeProfile {
	p := upgradeProfile{Name: name, KubernetesVersion: present, OSType: "Linux", Upgrades: []upgradeItem{}}
	for _, v := range upgrades {
		p.Upgrades = append(p.Upgrades, upgradeItem{KubernetesVersion: v.String()})
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
	present := version(s.cluster.Spec.KubernetesVersion)
	properties := clusterUpgradeProperties{
		ControlPlaneProfile: profileOf("", present.String(), c.Upgrades(present)), AgentPoolProfiles: []upgradeProfile{},
	}
	for _, m := range s.members() {
		properties.AgentPoolProfiles = append(properties.AgentPoolProfiles, poolUpgradeProfile(s, m, c))
	}
	return route.JSON(w, http.StatusOK, clusterUpgradeBody{
		identifiers{s.cluster.ID() + "/upgradeProfiles/default", "default", clusterType + "/upgradeProfiles"}, properties,
	})
}

// poolUpgradeProfile says where a pool can go; its image's newest build is the newest of its own version.
func poolUpgradeProfile(s state, m member, c release.Catalogue) upgradeProfile {
	present := version(m.spec.OrchestratorVersion)
	profile := profileOf(m.name, present.String(), c.PoolUpgrades(present, version(s.cluster.Spec.KubernetesVersion)))
	if r, ok := c.Release(present); ok {
		profile.LatestNodeImageVersion = r.Spec.NodeImageVersion
	}
	return profile
}

func (p *Provider) poolUpgrades(w http.ResponseWriter, r *route.Request) error {
	s, m, err := p.pool(r)
	if err != nil {
		return err
	}
	c, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	profile := poolUpgradeProfile(s, m, c)
	profile.Name = ""
	return route.JSON(w, http.StatusOK, poolUpgradeBody{
		identifiers{poolBodyOf(s, m).ID + "/upgradeProfiles/default", "default", poolType + "/upgradeProfiles"}, profile,
	})
}
