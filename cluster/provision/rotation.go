package provision

import (
	"slices"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/rotation"
	"lotse.dev/machine/boot"
	"lotse.dev/pki"
)

// Rotating reports whether a rotation of the cluster's authorities was asked for and is not done.
func Rotating(c *v1alpha1.ManagedCluster) bool {
	r := c.Status.Rotation
	if r == nil {
		return c.Spec.CertificateRotations > 0
	}
	return r.Stage != "" || r.Number < c.Spec.CertificateRotations
}

// rotate the authorities, if that was asked for. due says that certificates are about to be issued.
func (f Facts) rotate(a *assessment, due bool) []plan.Step {
	held := f.Contents()[v1alpha1.SecretPKI]
	facts := rotation.Facts{
		Wanted: f.Cluster.Spec.CertificateRotations, Begun: pki.Rotations(held), Overlaps: pki.Overlaps(held),
		Authorities: boot.TrustHash(string(pki.NodeTrust(held))), Before: f.Cluster.Status.Rotation,
		ControlPlane: a.controlPlane(), Addons: a.addons, Machines: f.Machines, Now: f.Now,
	}
	if due {
		facts.ControlPlane = "certificates to be issued"
	}
	d := rotation.Decide(facts)
	a.rotation = d
	if d.Step == rotation.None {
		return nil
	}
	// A rotation that was asked for before and never began replaces everything.
	keyOnly := facts.Wanted == f.Cluster.Spec.KeyRotation && facts.Wanted == facts.Begun+1
	return []plan.Step{plan.RotateAuthorities{Step: d.Step, Number: facts.Wanted, KeyOnly: keyOnly}}
}

// holds back what must not be replaced before the API server: once the controller manager signs with a new authority, every API server has to
// accept it.
func (f Facts) holds(component string, steps []plan.Step, rolling []string) bool {
	if component != v1alpha1.ComponentControllerManager || !pki.Overlaps(f.Contents()[v1alpha1.SecretPKI]) {
		return false
	}
	return slices.Contains(rolling, v1alpha1.ComponentAPIServer) || slices.ContainsFunc(steps, func(s plan.Step) bool {
		apply, ok := s.(plan.Apply)
		return ok && apply.Object.GetName() == v1alpha1.ComponentAPIServer
	})
}
