package containerservice

import (
	"net/http"

	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
	"lotse.dev/release"
)

type upgrade struct {
	OrchestratorType    string `json:"orchestratorType,omitempty"`
	OrchestratorVersion string `json:"orchestratorVersion"`
	IsPreview           bool   `json:"isPreview,omitempty"`
}

type orchestrator struct {
	OrchestratorType    string    `json:"orchestratorType"`
	OrchestratorVersion string    `json:"orchestratorVersion"`
	Default             bool      `json:"default,omitempty"`
	IsPreview           bool      `json:"isPreview,omitempty"`
	Upgrades            []upgrade `json:"upgrades,omitempty"`
}

type orchestratorProperties struct {
	Orchestrators []orchestrator `json:"orchestrators"`
}

type orchestratorList struct {
	ID         string                 `json:"id"`
	Name       string                 `json:"name"`
	Type       string                 `json:"type"`
	Properties orchestratorProperties `json:"properties"`
}

// orchestrators is the list of versions in the form that az aks get-versions still asks for.
func (p *Provider) orchestrators(w http.ResponseWriter, r *route.Request) error {
	c, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	standard, _ := c.Default() // without releases the list is empty
	all := []orchestrator{}
	for _, v := range c.Supported() {
		o := orchestrator{OrchestratorType: "Kubernetes", OrchestratorVersion: v.String(), Default: v == standard, IsPreview: c.StateOf(v) == release.Preview}
		for _, u := range c.Upgrades(v) {
			o.Upgrades = append(o.Upgrades, upgrade{"Kubernetes", u.String(), c.StateOf(u) == release.Preview})
		}
		all = append(all, o)
	}
	id := "/subscriptions/" + r.SubscriptionID() + "/providers/" + wire.Namespace + "/locations/" + p.location + "/orchestrators"
	return route.JSON(w, http.StatusOK, orchestratorList{
		ID: id, Name: "default", Type: wire.Namespace + "/locations/orchestrators", Properties: orchestratorProperties{all},
	})
}

func names(versions []release.Version) []string {
	all := []string{}
	for _, v := range versions {
		all = append(all, v.String())
	}
	return all
}

type availableVersion struct {
	Default           bool   `json:"default,omitempty"`
	KubernetesVersion string `json:"kubernetesVersion"`
	IsPreview         bool   `json:"isPreview"`
}

type availableProperties struct {
	AgentPoolVersions []availableVersion `json:"agentPoolVersions"`
}

type availableVersions struct {
	wire.Identifiers
	Properties availableProperties `json:"properties"`
}

// poolVersions are those that a new pool of the cluster can have; its control plane's is the default.
func (p *Provider) poolVersions(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	c, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	controlPlane := state.Version(s.Object.Spec.KubernetesVersion)
	all := []availableVersion{{Default: true, KubernetesVersion: controlPlane.String()}}
	for _, v := range c.PoolVersions(controlPlane) {
		if v != controlPlane {
			all = append(all, availableVersion{KubernetesVersion: v.String(), IsPreview: c.StateOf(v) == release.Preview})
		}
	}
	return route.JSON(w, http.StatusOK, availableVersions{
		wire.Identifiers{
			ID: s.Object.ID() + "/availableAgentPoolVersions", Name: "default", Type: wire.ClusterType + "/availableAgentPoolVersions",
		}, availableProperties{all},
	})
}

// actions of this resource provider that roles can name.
func (p *Provider) actions(w http.ResponseWriter, _ *route.Request) error {
	all := []action{}
	seen := map[string]bool{}
	for _, r := range p.routes() {
		if r.Action != "" && !seen[r.Action] {
			seen[r.Action] = true
			all = append(all, actionOf(r.Action))
		}
	}
	return route.JSON(w, http.StatusOK, paging.List[action]{Value: all})
}
