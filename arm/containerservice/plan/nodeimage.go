package plan

import (
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

// pinNodeImage gives a pool the release with the node image that it is pinned to. One that runs that image already keeps its release.
func pinNodeImage(pool *v1alpha1.AgentPoolSpec, req request.Pool, catalogue release.Catalogue) error {
	if req.NodeImageSent {
		pool.NodeImageVersion = req.NodeImage
	}
	version := state.Version(pool.OrchestratorVersion)
	if present, ok := catalogue.ByName(pool.Release); pool.NodeImageVersion == "" || ok && present.Spec.NodeImageVersion == pool.NodeImageVersion {
		return nil
	}
	pinned, ok := catalogue.NodeImage(version, pool.NodeImageVersion)
	if !ok {
		target := req.Path + ".lotseProfile.nodeImageVersion"
		return fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: there is no node image '%.64s' for Kubernetes %s; there are %s.",
			target, pool.NodeImageVersion, version, strings.Join(catalogue.NodeImages(version), ", ")).At(target)
	}
	pool.Release = pinned.Name
	return nil
}

// NodeImage is the spec of a pool that gets the newest node image of its version. It always differs from the present one: what failed is tried again.
func NodeImage(pool state.Pool, catalogue release.Catalogue) (v1alpha1.AgentPoolSpec, error) {
	spec := *pool.Spec.DeepCopy()
	if spec.NodeImageVersion != "" {
		return spec, fault.New(fault.OperationNotAllowed, "Agent pool '%s' is pinned to node image '%s'. Write another version, or an empty one, into "+
			"properties.lotseProfile.nodeImageVersion of the pool first.", pool.Name, spec.NodeImageVersion)
	}
	newest, ok := catalogue.Release(state.Version(spec.OrchestratorVersion))
	if ok {
		spec.Release = newest.Name
	}
	if spec.Release == pool.Spec.Release {
		spec.Attempt++
	}
	return spec, nil
}
