package provision

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/rotation"
	"lotse.dev/cluster/upgrade"
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

// holds back what must not be replaced yet: a workload that gets other images waits for those before it, and once the controller manager signs with a new
// authority, every API server has to accept it.
func (f Facts) holds(o client.Object, steps []plan.Step, rolling []string) bool {
	live, found := f.Objects.live[keyOf(o)]
	unfinished := func(name string) bool { return slices.Contains(rolling, name) || applies(steps, name) }
	if found && upgrade.Reimaged(live, o) && upgrade.Before(o.GetName(), unfinished) != "" {
		return true
	}
	signs := o.GetName() == v1alpha1.ComponentControllerManager && pki.Overlaps(f.Contents()[v1alpha1.SecretPKI])
	return signs && unfinished(v1alpha1.ComponentAPIServer)
}

// applies reports whether a workload is among the steps. A Service or a policy of its name is not.
func applies(steps []plan.Step, workload string) bool {
	return slices.ContainsFunc(steps, func(s plan.Step) bool {
		apply, ok := s.(plan.Apply)
		if !ok || apply.Object.GetName() != workload {
			return false
		}
		switch apply.Object.(type) {
		case *appsv1.StatefulSet, *appsv1.Deployment:
			return true
		}
		return false
	})
}
