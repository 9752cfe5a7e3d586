package containerservice

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

// planPools makes the profiles that a cluster's request leads to.
func planPools(reqs []poolRequest, spec v1alpha1.ManagedClusterSpec, present state, catalogue release.Catalogue) ([]v1alpha1.PoolProfile, []*fault.Error) {
	var profiles []v1alpha1.PoolProfile
	var faults []*fault.Error
	seen := map[string]bool{}
	for i, req := range reqs {
		if seen[req.name] {
			faults = append(faults, fault.New(fault.InvalidParameter, "There are two agent pools named '%s'.", req.name).At(req.path+".name"))
		}
		seen[req.name] = true
		// AKS wants the mode; the first pool of a new cluster can only be a System one.
		if req.spec.Mode == "" && i == 0 && present.cluster == nil {
			req.spec.Mode = v1alpha1.SystemPool
		}
		pool, wrong := planPool(req, spec, catalogue)
		faults = append(faults, wrong...)
		profiles = append(profiles, v1alpha1.PoolProfile{Name: req.name, AgentPoolSpec: pool})
	}
	return profiles, faults
}

// planPool makes the spec that a pool's request leads to under its cluster's.
func planPool(req poolRequest, cluster v1alpha1.ManagedClusterSpec, catalogue release.Catalogue) (v1alpha1.AgentPoolSpec, []*fault.Error) {
	pool := req.spec
	if req.present == nil {
		completePool(&pool)
	}
	faults := checkPool(pool, req.path)
	faults = append(faults, one(planPoolVersion(&pool, req, cluster, catalogue))...)
	if req.failed {
		pool.Attempt++
	}
	return pool, faults
}

// planPoolVersion resolves a pool's version: nothing keeps an existing pool's, "" goes to the control plane's. The image stays as it is
// unless the version changes.
func planPoolVersion(pool *v1alpha1.AgentPoolSpec, req poolRequest, cluster v1alpha1.ManagedClusterSpec, catalogue release.Catalogue) error {
	controlPlane := version(cluster.KubernetesVersion)
	to := controlPlane
	if req.version != "" {
		var err error
		if to, err = resolvePool(req.version, controlPlane, catalogue); err != nil && !keeps(req) {
			return fault.New(fault.VersionNotSupported, "Kubernetes %v.", err).At(req.path + ".orchestratorVersion")
		}
	}
	if keeps(req) || (req.present != nil && to == version(pool.OrchestratorVersion)) {
		return nil
	}
	if err := checkPoolMove(to, req, controlPlane); err != nil {
		return fault.New(fault.VersionNotSupported, "The %v.", err).At(req.path + ".orchestratorVersion")
	}
	pool.OrchestratorVersion, pool.Release = to.String(), cluster.Release
	if to != controlPlane {
		r, _ := catalogue.Release(to)
		pool.Release = r.Name
	}
	return nil
}

// keeps reports whether an existing pool stays at its version.
func keeps(req poolRequest) bool {
	if req.present == nil {
		return false
	}
	return !req.versionSent || (req.version != "" && same(req.version, req.present.OrchestratorVersion))
}

// resolvePool turns a request into a version: the control plane's own stays available when it has left the window, and an alias of the
// control plane's minor means the control plane's patch.
func resolvePool(asked string, controlPlane release.Version, catalogue release.Catalogue) (release.Version, error) {
	if same(asked, controlPlane.String()) {
		return controlPlane, nil
	}
	return catalogue.Resolve(asked)
}

func checkPoolMove(to release.Version, req poolRequest, controlPlane release.Version) error {
	if err := release.CheckPool(to, controlPlane); err != nil {
		return err
	}
	if req.present == nil {
		return nil
	}
	if from := version(req.present.OrchestratorVersion); to.Compare(from) < 0 {
		return release.CheckUpgrade(from, to)
	}
	return nil
}
