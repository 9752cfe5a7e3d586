package admission

import (
	"maps"
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/capacity"
	"lotse.dev/preflight"
	"lotse.dev/rollout"
)

// UpgradeFacts of a write that upgrades a cluster, but for what only the cluster and the management cluster know.
func UpgradeFacts(present state.Cluster, spec v1alpha1.ManagedClusterSpec, now time.Time) preflight.Facts {
	f := preflight.Facts{
		From: state.Version(present.Object.Spec.KubernetesVersion), To: state.Version(spec.KubernetesVersion), Forced: spec.UpgradeOverride.InEffect(now),
	}
	for _, g := range spec.VersionGates {
		f.Acknowledged = append(f.Acknowledged, g.Gate)
	}
	after := present.After(spec)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before, ok := present.Pool(name); ok && !before.Leaving() {
			f.Pools = append(f.Pools, poolFacts(before, after[name]))
		}
	}
	return f
}

// poolFacts of a pool that is there. Its nodes may be older than its spec, where an upgrade of it has failed.
func poolFacts(before state.Pool, after v1alpha1.AgentPoolSpec) preflight.Pool {
	p := preflight.Pool{
		Name: before.Name, Runs: state.Version(before.Spec.OrchestratorVersion), To: state.Version(after.OrchestratorVersion), Drained: replaced(before.Spec, after) > 0,
	}
	if o := before.Object; o != nil && o.Status.CurrentOrchestratorVersion != "" {
		if runs := state.Version(o.Status.CurrentOrchestratorVersion); runs.Compare(p.Runs) < 0 {
			p.Runs = runs
		}
	}
	return p
}

// replaced are how many nodes of a pool a write replaces. Those of a stopped pool get their image when they start.
func replaced(before, after v1alpha1.AgentPoolSpec) int {
	if before.Release == after.Release || after.Power() == v1alpha1.Stopped {
		return 0
	}
	return int(min(before.Count, after.Count))
}

// Surge are the machines that the pools of an upgraded cluster have beside their own at most, all at the same time.
func Surge(present state.Cluster, spec v1alpha1.ManagedClusterSpec) (all []capacity.Request) {
	for name, after := range present.After(spec) {
		before, ok := present.Pool(name)
		if !ok || before.Leaving() || replaced(before.Spec, after) == 0 {
			continue
		}
		settings := rollout.Resolve(after.UpgradeSettings, int(after.Count))
		all = append(all, slices.Repeat([]capacity.Request{capacity.Machine}, settings.Surge)...)
	}
	return all
}

// retryCheck is when the check of an upgrade may be repeated that could not look at everything.
const retryCheck = 10 * time.Second

// Upgrade refuses an upgrade by the findings of its check.
func Upgrade(findings []preflight.Finding) error {
	var faults []*fault.Error
	for _, f := range findings {
		if f.Severity == preflight.Blocks {
			faults = append(faults, refusal(f))
		}
	}
	if len(faults) > 0 && faults[0].Kind != fault.VersionNotSupported {
		faults[0].Message += " Nothing was changed. `lotse cluster upgrade --dry-run` lists all findings; to upgrade in spite of them set " +
			"upgradeSettings.overrideSettings.forceUpgrade and until (az aks upgrade --enable-force-upgrade)."
	}
	return fault.Join(faults)
}

// refusal by a finding, with AKS's codes.
func refusal(f preflight.Finding) *fault.Error {
	const target = "properties.kubernetesVersion"
	switch f.Code {
	case preflight.Skew:
		return fault.New(fault.VersionNotSupported, "%s", f.Message).At(target)
	case preflight.Capacity:
		return fault.New(fault.AllocationFailed, "%s", f.Message).At(target)
	case preflight.NotChecked:
		return fault.New(fault.OperationNotAllowed, "%s", f.Message).At(target).After(retryCheck)
	}
	e := fault.New(fault.ValidationError, "%s", f.Message).At(target)
	e.Subcode = string(f.Code)
	return e
}
