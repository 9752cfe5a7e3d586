package plan

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

// Pool makes the spec that the PUT of a pool leads to. The error says all that is wrong with it, or with the cluster as a whole after it.
func Pool(req request.Pool, f Facts) (v1alpha1.AgentPoolSpec, error) {
	cluster := f.Present.Object.Spec
	pool, faults := planPool(req, cluster, f.Catalogue)
	faults = append(faults, one(checkRuns(pool, req, f.Present.Object.Status.CurrentKubernetesVersion))...)
	if len(faults) > 0 {
		return pool, fault.Join(faults)
	}
	return pool, fault.Join(checkTogether(WithPool(cluster, req.Name, pool), f.Present))
}

// checkRuns refuses a version for a pool that its control plane is to have, but does not run: the upgrade to it has failed, or was aborted.
func checkRuns(pool v1alpha1.AgentPoolSpec, req request.Pool, runs string) error {
	if runs == "" || req.Present != nil && req.Present.OrchestratorVersion == pool.OrchestratorVersion {
		return nil
	}
	if v := state.Version(pool.OrchestratorVersion); v.Compare(state.Version(runs)) > 0 {
		return fault.New(fault.VersionNotSupported, "Node pool version %s is newer than %s, which the control plane runs: its upgrade did not succeed. "+
			"Write the cluster again to go on with the upgrade, then the pool.", v, runs).At(req.Path + ".orchestratorVersion")
	}
	return nil
}

// WithPool is the spec of a cluster as if it asked for one pool.
func WithPool(cluster v1alpha1.ManagedClusterSpec, name string, pool v1alpha1.AgentPoolSpec) v1alpha1.ManagedClusterSpec {
	cluster.PoolProfiles = []v1alpha1.PoolProfile{{Name: name, AgentPoolSpec: pool}}
	return cluster
}

// profiles are the pools that a cluster's request leads to.
func profiles(reqs []request.Pool, spec v1alpha1.ManagedClusterSpec, f Facts) ([]v1alpha1.PoolProfile, []*fault.Error) {
	var profiles []v1alpha1.PoolProfile
	var faults []*fault.Error
	seen := map[string]bool{}
	for i, req := range reqs {
		if seen[req.Name] {
			faults = append(faults, fault.New(fault.InvalidParameter, "There are two agent pools named '%s'.", req.Name).At(req.Path+".name"))
		}
		seen[req.Name] = true
		// AKS wants the mode; the first pool of a new cluster can only be a System one.
		if req.Spec.Mode == "" && i == 0 && !f.Present.Exists() {
			req.Spec.Mode = v1alpha1.SystemPool
		}
		pool, wrong := planPool(req, spec, f.Catalogue)
		faults = append(faults, wrong...)
		profiles = append(profiles, v1alpha1.PoolProfile{Name: req.Name, AgentPoolSpec: pool})
	}
	return profiles, faults
}

// planPool makes the spec that a pool's request leads to under its cluster's.
func planPool(req request.Pool, cluster v1alpha1.ManagedClusterSpec, catalogue release.Catalogue) (v1alpha1.AgentPoolSpec, []*fault.Error) {
	pool := req.Spec
	if req.Present == nil {
		completePool(&pool)
	}
	faults := append(checkPool(pool, req.Path), checkSystemTaints(pool, req)...)
	faults = append(faults, one(planPoolVersion(&pool, req, cluster, catalogue))...)
	if req.Failed {
		pool.Attempt++
	}
	if req.Present != nil && req.Present.Count != pool.Count {
		pool.RemoveMachines = nil // a write that names another count decides anew how many go, and says nothing of which
	}
	return pool, faults
}

// planPoolVersion resolves a pool's version: nothing keeps an existing pool's, "" goes to the control plane's. The image stays as it is
// unless the version changes, and then it is the newest of the version, unless the pool is pinned to another. The version that was asked for is kept
// beside it.
func planPoolVersion(pool *v1alpha1.AgentPoolSpec, req request.Pool, cluster v1alpha1.ManagedClusterSpec, catalogue release.Catalogue) error {
	controlPlane := state.Version(cluster.KubernetesVersion)
	to := controlPlane
	if req.VersionSent || req.Present == nil {
		pool.VersionAlias = alias(req.Version)
	}
	if req.Version != "" {
		var err error
		if to, err = resolvePool(req.Version, controlPlane, catalogue); err != nil && !keeps(req) {
			return fault.New(fault.VersionNotSupported, "Kubernetes %v.", err).At(req.Path + ".orchestratorVersion")
		}
	}
	if keeps(req) || (req.Present != nil && to == state.Version(pool.OrchestratorVersion)) {
		return pinNodeImage(pool, req, catalogue)
	}
	if err := checkPoolMove(to, req, controlPlane); err != nil {
		return fault.New(fault.VersionNotSupported, "The %v.", err).At(req.Path + ".orchestratorVersion")
	}
	pool.OrchestratorVersion, pool.Release = to.String(), cluster.Release
	if newest, ok := catalogue.Release(to); ok && (to != controlPlane || req.Present != nil) {
		pool.Release = newest.Name
	}
	return pinNodeImage(pool, req, catalogue)
}

// keeps reports whether an existing pool stays at its version.
func keeps(req request.Pool) bool {
	if req.Present == nil {
		return false
	}
	return !req.VersionSent || (req.Version != "" && same(req.Version, req.Present.OrchestratorVersion))
}

// resolvePool turns a request into a version: the control plane's own stays available when it has left the window, and an alias of the
// control plane's minor means the control plane's patch.
func resolvePool(asked string, controlPlane release.Version, catalogue release.Catalogue) (release.Version, error) {
	if same(asked, controlPlane.String()) {
		return controlPlane, nil
	}
	return catalogue.Resolve(asked)
}

func checkPoolMove(to release.Version, req request.Pool, controlPlane release.Version) error {
	if err := release.CheckPool(to, controlPlane); err != nil {
		return err
	}
	if req.Present == nil {
		return nil
	}
	if from := state.Version(req.Present.OrchestratorVersion); to.Compare(from) < 0 {
		return release.CheckUpgrade(from, to)
	}
	return nil
}
