package plan

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/release"
)

// AutoUpgrade makes the spec that an automatic upgrade leads to: what the PUT of a cluster does that names a version, and those of some of its pools. A minor
// that was asked for as an alias stays one: 1.37 remains 1.37 over its patches, and becomes 1.38.
func AutoUpgrade(to release.Version, pools map[string]release.Version, f Facts) (v1alpha1.ManagedClusterSpec, error) {
	present := f.Present.Object.Spec
	asked := request.Cluster{Spec: *present.DeepCopy(), Version: to.String()}
	asked.Spec.PoolProfiles = nil
	for _, p := range f.Present.Pools() {
		version, named := pools[p.Name]
		if !named || p.Leaving() {
			continue
		}
		req := request.Keep(p.Name, f.Present)
		req.Version, req.VersionSent, req.Path = version.String(), true, "properties.agentPoolProfiles"
		asked.Pools = append(asked.Pools, req)
	}
	spec, err := Cluster(asked, f)
	if err != nil {
		return spec, err
	}
	spec.VersionAlias = following(present.VersionAlias, to)
	for i := range spec.PoolProfiles {
		p := &spec.PoolProfiles[i]
		if version, named := pools[p.Name]; named { // others are there because they are repeated
			before, _ := f.Present.Pool(p.Name)
			p.VersionAlias = following(before.Spec.VersionAlias, version)
		}
	}
	return spec, nil
}

// following is the alias of a version, if the one before had one.
func following(alias string, to release.Version) string {
	if alias == "" {
		return ""
	}
	return to.MinorString()
}
