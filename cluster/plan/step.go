package plan

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/rotation"
	"lotse.dev/controlplane/credentials"
)

// Step is one thing to do. Every step can be taken again without harm.
type Step interface {
	// String names the step in errors, such as "apply *v1.Service kube-apiserver".
	fmt.Stringer
}

// Steps that provision a cluster.
type (
	// AddFinalizer comes first, so that nothing is left behind.
	AddFinalizer struct{}

	// Apply a rendered object over the live one, which is nil if there is none: then it is created.
	Apply struct{ Object, Live client.Object }

	// RecordEndpoint writes the endpoint into the cluster's status at once, because machines need it, together with Conditions.
	RecordEndpoint struct {
		Endpoint   v1alpha1.Endpoint
		Conditions []metav1.Condition
	}

	// WriteAuthorities makes those of the cluster's authorities and keys that are missing or have ended, and stores them.
	WriteAuthorities struct{}

	// WriteCredentials issues the certificates that are due and writes the Secrets that hold them.
	WriteCredentials struct{ For credentials.Cluster }

	// RotateAuthorities begins or ends rotation Number: new authorities sign, or those of before are gone.
	RotateAuthorities struct {
		Step   rotation.Step
		Number int64
		// KeyOnly replaces the key of service account tokens, and leaves the authorities.
		KeyOnly bool
	}

	// WritePool creates Want, or gives Have its spec. Have is nil if there is no such pool.
	WritePool struct{ Have, Want *v1alpha1.AgentPool }

	// AbortPool ends the operation of Pool where it is.
	AbortPool struct{ Pool *v1alpha1.AgentPool }

	// ApplyAddons to the hosted cluster.
	ApplyAddons struct {
		Objects []client.Object
		// Hash of Objects.
		Hash uint64
		// Probe first whether the API server takes an object, because nothing has reported yet that it answers.
		Probe bool
		// New: the cluster probably has none of them.
		New bool
	}
)

// Steps that stop a cluster, and start its pools again.
type (
	// FindBlockingWebhooks in the hosted cluster that would keep it from starting again.
	FindBlockingWebhooks struct{}

	// SetPoolPower begins an operation of Pool that stops or starts it with the whole cluster, also if the same operation has failed.
	SetPoolPower struct {
		Pool *v1alpha1.AgentPool
		// To is Stopped, or empty for running.
		To v1alpha1.PowerState
	}

	// CountEndpoints in the hosted cluster that still lead to Pods.
	CountEndpoints struct{}

	// ScaleDown a Deployment or a StatefulSet of the control plane to no Pods.
	ScaleDown struct{ Object client.Object }
)

// Steps that delete a cluster.
type (
	// Delete objects at the same time.
	Delete struct {
		Objects []client.Object
		// GraceSeconds that Pods get; nil for what they ask for themselves.
		GraceSeconds *int64
	}

	// RemoveFinalizer ends the cluster.
	RemoveFinalizer struct{}
)

func (AddFinalizer) String() string         { return "add the finalizer" }
func (s Apply) String() string              { return fmt.Sprintf("apply %T %s", s.Object, s.Object.GetName()) }
func (RecordEndpoint) String() string       { return "record the endpoint" }
func (WriteAuthorities) String() string     { return "write the cluster's authorities" }
func (WriteCredentials) String() string     { return "write the credentials" }
func (s RotateAuthorities) String() string  { return string(s.Step) }
func (s WritePool) String() string          { return "write pool " + s.Want.Spec.Name }
func (s AbortPool) String() string          { return "abort the operation of pool " + s.Pool.Spec.Name }
func (ApplyAddons) String() string          { return "apply the add-ons" }
func (FindBlockingWebhooks) String() string { return "look at the cluster's webhooks" }
func (s SetPoolPower) String() string       { return "write the power state of pool " + s.Pool.Spec.Name }
func (CountEndpoints) String() string       { return "count the cluster's endpoints" }
func (s ScaleDown) String() string {
	return fmt.Sprintf("scale %T %s down", s.Object, s.Object.GetName())
}
func (s Delete) String() string        { return fmt.Sprintf("delete %d objects", len(s.Objects)) }
func (RemoveFinalizer) String() string { return "remove the finalizer" }

// Independent reports whether the later steps of a plan can be taken without this one. Without another, they cannot.
func Independent(s Step) bool {
	switch s.(type) {
	case WritePool, AbortPool, SetPoolPower:
		return true
	}
	return false
}
