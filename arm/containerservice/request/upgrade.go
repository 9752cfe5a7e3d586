package request

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
)

// GatesPath is the property that acknowledges version gates.
const GatesPath = "properties.lotseProfile.acknowledgedVersionGates"

// decodeUpgradeOverride merges AKS's upgradeSettings of a cluster over the present ones. Who has set them is stamped by the plan.
func decodeUpgradeOverride(u *body.Object, spec *v1alpha1.ManagedClusterSpec) {
	o, override := u.Object("overrideSettings"), v1alpha1.UpgradeOverride{}
	if spec.UpgradeOverride != nil {
		override = *spec.UpgradeOverride
	}
	if v, ok := o.Bool("forceUpgrade"); ok {
		override.ForceUpgrade = v
	}
	if v, ok := o.String("until"); ok {
		until, err := time.Parse(time.RFC3339, v)
		if until = until.UTC(); err != nil || until.Year() < 2000 || until.Year() > 9999 { // others cannot be stored
			o.Fail(invalid(o.Path("until"), "it is a time such as 2026-12-01T18:00:00Z"))
		}
		override.Until = &metav1.Time{Time: until.Truncate(time.Second)}
	}
	_, _ = o.Finish(), u.Finish() // the root returns the faults
	spec.UpgradeOverride = nil
	if override.ForceUpgrade || override.Until != nil {
		spec.UpgradeOverride = &override
	}
}

// decodeClusterExtension reads what the customer may say of what clusters have beyond AKS's. Everything else in it is shown only, and what clients send back
// of that does not count; so nothing is refused.
func decodeClusterExtension(e *body.Object, req *Cluster) {
	req.Gates, req.GatesSent = e.Strings("acknowledgedVersionGates")
}

// Upgrade is what the body of the check of an upgrade asks for.
type Upgrade struct {
	// Version as asked.
	Version string
	// ControlPlaneOnly leaves the pools as they are.
	ControlPlaneOnly bool
	// Gates that would be acknowledged with the upgrade.
	Gates []string
}

// DecodeUpgrade reads the body of the check of an upgrade.
func DecodeUpgrade(o *body.Object) (Upgrade, error) {
	var u Upgrade
	u.Version, _ = o.String("kubernetesVersion")
	u.ControlPlaneOnly, _ = o.Bool("controlPlaneOnly")
	u.Gates, _ = o.Strings("acknowledgedVersionGates")
	if u.Version == "" {
		o.Fail(invalid(o.Path("kubernetesVersion"), "it is missing; send the version to upgrade to, as GET …/upgradeProfiles/default lists them"))
	}
	return u, o.Finish()
}
