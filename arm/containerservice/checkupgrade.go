package containerservice

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/route"
	"lotse.dev/preflight"
)

// Preflight reads from a hosted cluster what an upgrade of it would meet.
type Preflight interface {
	Read(context.Context, *v1alpha1.ManagedCluster) preflight.Cluster
}

type upgradeCheck struct {
	CurrentKubernetesVersion string           `json:"currentKubernetesVersion"`
	KubernetesVersion        string           `json:"kubernetesVersion"`
	Allowed                  bool             `json:"allowed"`
	Findings                 []upgradeFinding `json:"findings"`
}

type upgradeFinding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Object   string `json:"object"`
	Message  string `json:"message"`
}

// checkUpgrade is the dry run of an upgrade: it goes through the steps of the PUT that would begin it, writes nothing, and answers with all findings. What no
// PUT could ask for, such as a version that there is not, is refused as there.
func (p *Provider) checkUpgrade(w http.ResponseWriter, r *route.Request) error {
	present, err := p.existing(r)
	if err != nil {
		return err
	}
	if err := admission.Runs(present); err != nil {
		return err
	}
	o, err := body.Read(r.Request, nil)
	if err != nil {
		return err
	}
	asked, err := request.DecodeUpgrade(o)
	if err != nil {
		return err
	}
	spec, err := p.planCluster(r, present, upgradeRequest(present, asked))
	if err != nil {
		return err
	}
	answer := upgradeCheck{
		CurrentKubernetesVersion: present.Object.Spec.KubernetesVersion, KubernetesVersion: spec.KubernetesVersion, Allowed: true, Findings: []upgradeFinding{},
	}
	findings, err := p.upgradeFindings(r.Context(), present, spec)
	if err != nil {
		return err
	}
	answer.Allowed = !preflight.Refuses(findings)
	for _, f := range findings {
		answer.Findings = append(answer.Findings, upgradeFinding{string(f.Code), string(f.Severity), f.Object, f.Message})
	}
	return route.JSON(w, http.StatusOK, answer)
}

// upgradeRequest is the PUT of a cluster that asks for nothing but the upgrade. Gates count in addition to those that are acknowledged already.
func upgradeRequest(present state.Cluster, asked request.Upgrade) request.Cluster {
	req := request.Cluster{Spec: *present.Object.Spec.DeepCopy(), Version: asked.Version, Gates: asked.Gates, GatesSent: len(asked.Gates) > 0}
	for _, g := range present.Object.Spec.VersionGates {
		req.Gates = append(req.Gates, g.Gate)
	}
	if asked.ControlPlaneOnly {
		return req
	}
	for _, name := range slices.Sorted(maps.Keys(present.Staying())) {
		pool := request.Keep(name, present)
		pool.Version, pool.VersionSent = asked.Version, true
		req.Pools = append(req.Pools, pool)
	}
	return req
}

// admitUpgrade decides whether a write that upgrades the cluster may begin.
func (p *Provider) admitUpgrade(ctx context.Context, present state.Cluster, spec v1alpha1.ManagedClusterSpec) error {
	if !plan.Upgrades(present.Object, spec) {
		return nil
	}
	findings, err := p.upgradeFindings(ctx, present, spec)
	if err != nil {
		return err
	}
	return admission.Upgrade(findings)
}

// upgradeFindings of a write of a cluster that is there.
func (p *Provider) upgradeFindings(ctx context.Context, present state.Cluster, spec v1alpha1.ManagedClusterSpec) ([]preflight.Finding, error) {
	if p.preflight == nil {
		return nil, nil
	}
	facts := admission.UpgradeFacts(present, spec, p.clock.Now())
	facts.Cluster = p.preflight.Read(ctx, present.Object)
	if surge := admission.Surge(present, spec); p.observed != nil && len(surge) > 0 {
		load, err := p.managementLoad(ctx)
		if err != nil {
			return nil, err
		}
		facts.Lacking = admission.Lacking(load.With(present), append(surge, admission.Growth(present, spec)...))
	}
	return preflight.Check(facts), nil
}
