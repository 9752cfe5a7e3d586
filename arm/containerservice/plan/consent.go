package plan

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

// planConsent records who overrides the check of upgrades, and who acknowledges which version gates. What was said before keeps its record.
func planConsent(spec *v1alpha1.ManagedClusterSpec, req request.Cluster, f Facts) error {
	var before v1alpha1.ManagedClusterSpec
	if f.Present.Exists() {
		before = f.Present.Object.Spec
	}
	said := v1alpha1.Consent{By: f.Caller, At: metav1.NewTime(f.Now)}
	if o := spec.UpgradeOverride; o != nil && !sameOverride(before.UpgradeOverride, o) {
		o.Consent = said
	}
	if !req.GatesSent {
		return nil
	}
	spec.VersionGates = nil
	for i, id := range req.Gates {
		gate := v1alpha1.VersionGateAcknowledgement{Gate: id, Consent: said}
		known := slices.Contains(release.GateIDs(), id)
		for _, g := range before.VersionGates {
			if g.Gate == id { // it stays, also when a newer Lotse has no such gate
				gate, known = g, true
			}
		}
		if !known {
			return fault.New(fault.InvalidParameter, "There is no version gate '%.80s'. There are %s.", id, strings.Join(release.GateIDs(), ", ")).At(request.GatesPath)
		}
		if !slices.Contains(req.Gates[:i], id) {
			spec.VersionGates = append(spec.VersionGates, gate)
		}
	}
	return nil
}

func sameOverride(a, b *v1alpha1.UpgradeOverride) bool {
	return a != nil && a.ForceUpgrade == b.ForceUpgrade && a.Until.Equal(b.Until)
}

// Upgrades reports whether a write of a cluster brings its control plane another version. A write that repeats an upgrade that failed does not: what
// stood in its way has begun to be upgraded. Nor does the write of a cluster that never ran: there is nothing that could be asked, or harmed.
func Upgrades(present *v1alpha1.ManagedCluster, after v1alpha1.ManagedClusterSpec) bool {
	return present != nil && present.Status.CurrentKubernetesVersion != "" && present.Spec.KubernetesVersion != after.KubernetesVersion
}
