package rotation

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

const (
	// patience with machines that are Ready and do not answer for their certificates. What they miss they make up for: a machine whose certificate
	// is refused joins anew.
	patience = 5 * time.Minute
	// tokensRead is how long Pods get, after every kubelet has restarted, to get and read their new tokens. client-go reads a token again
	// when it is refused, others after a while.
	tokensRead = 20 * time.Second
)

// Facts of a cluster that its rotation depends on.
type Facts struct {
	// Wanted is the number of rotations that were asked for, Begun that of the newest that has begun. It is not over while it Overlaps.
	Wanted, Begun int64
	Overlaps      bool
	// Authorities is the hash of those that are accepted now.
	Authorities string
	// Before is the rotation as it was last recorded; nil if there was none.
	Before *v1alpha1.CertificateRotation
	// ControlPlane and Addons are what these wait for, or "".
	ControlPlane, Addons string
	Machines             []Machine
	Now                  time.Time
}

// Machine of a cluster.
type Machine struct {
	Name string
	// Ready: its node is.
	Ready bool
	// Trust is the hash of the authorities that it works with.
	Trust string
}

// Step to take.
type Step string

// Steps. Each writes the pki Secret once.
const (
	None  Step = ""
	Begin Step = "begin the rotation of the authorities"
	End   Step = "end the rotation of the authorities"
)

// Decision about a rotation.
type Decision struct {
	Step Step
	// Rotation to record.
	Rotation *v1alpha1.CertificateRotation
	// Waiting is what the rotation waits for; "" if there is none, or it is done.
	Waiting string
	// Percent complete while it waits.
	Percent int32
}

// Decide what is next.
func Decide(f Facts) Decision {
	r := f.rotation()
	switch {
	case r == nil || r.Stage == "":
		return f.idle(r)
	case r.Stage == v1alpha1.RotationRenewing:
		return f.renewing(r)
	}
	return f.revoking(r)
}

// rotation in its stage as the pki Secret shows it.
func (f Facts) rotation() *v1alpha1.CertificateRotation {
	r := f.Before.DeepCopy()
	switch {
	case f.Begun == 0:
		return nil
	case r == nil:
		r = &v1alpha1.CertificateRotation{}
	}
	stage := r.Stage
	switch {
	case f.Overlaps:
		stage = v1alpha1.RotationRenewing
	case r.Number < f.Begun || stage == v1alpha1.RotationRenewing: // it has ended since it was recorded
		stage = v1alpha1.RotationRevoking
	}
	if r.Number != f.Begun || r.Stage != stage {
		r.Since, r.RenewedAt = metav1.NewTime(f.Now), nil
	}
	r.Number, r.Stage = f.Begun, stage
	return r
}

// idle begins a rotation that was asked for, in a cluster in which nothing else is being replaced.
func (f Facts) idle(r *v1alpha1.CertificateRotation) Decision {
	d := Decision{Rotation: r}
	if f.Wanted <= f.Begun {
		return d
	}
	d.Waiting, d.Percent = f.parts(), 5
	if d.Waiting == "" {
		d.Step, d.Waiting = Begin, "the new authorities"
	}
	return d
}

func (f Facts) renewing(r *v1alpha1.CertificateRotation) Decision {
	d := Decision{Rotation: r, Percent: 20}
	if d.Waiting = f.spread(r); d.Waiting != "" {
		if r.Trust == f.Authorities {
			d.Percent = 40
		}
		return d
	}
	if r.RenewedAt == nil {
		now := metav1.NewTime(f.Now)
		r.RenewedAt = &now
	}
	d.Percent = 50
	if f.Now.Before(r.RenewedAt.Add(tokensRead)) {
		d.Waiting = "Pods to read their new tokens"
		return d
	}
	d.Step, d.Waiting = End, "the previous authorities to be removed"
	return d
}

func (f Facts) revoking(r *v1alpha1.CertificateRotation) Decision {
	d := Decision{Rotation: r, Percent: 60}
	d.Waiting = f.spread(r)
	switch {
	case d.Waiting == "":
		r.Stage, r.Since = "", metav1.NewTime(f.Now)
		if f.Wanted > f.Begun { // asked for again meanwhile
			d.Waiting = "the next rotation"
		}
	case r.Trust == f.Authorities:
		d.Percent = 80
	}
	if r.Trust == f.Authorities {
		r.Revoked = r.Number
	}
	return d
}

// spread lets machines have the authorities once the control plane works with them, and says what does not yet.
func (f Facts) spread(r *v1alpha1.CertificateRotation) string {
	if f.ControlPlane != "" {
		r.Since, r.RenewedAt = metav1.NewTime(f.Now), nil // nodes get their time from when the control plane is done
		return "the control plane's new certificates: " + f.ControlPlane
	}
	if r.Trust != f.Authorities {
		r.Trust = f.Authorities
		return "nodes to renew their certificates" // add-ons and machines hear of it by what is recorded
	}
	if waiting := f.nodes(r); waiting != "" {
		return waiting
	}
	return f.Addons
}

func (f Facts) parts() string {
	if f.ControlPlane != "" {
		return f.ControlPlane
	}
	return f.Addons
}

// nodes that are Ready and do not work with the authorities yet. Others join anew when they are back.
func (f Facts) nodes(r *v1alpha1.CertificateRotation) string {
	if !f.Now.Before(r.Since.Add(patience)) {
		return ""
	}
	behind, first := 0, ""
	for _, m := range f.Machines {
		if m.Ready && m.Trust != f.Authorities {
			if behind++; first == "" {
				first = m.Name
			}
		}
	}
	switch behind {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("node %s to renew its certificates", first)
	}
	return fmt.Sprintf("%d nodes to renew their certificates, such as %s", behind, first)
}
