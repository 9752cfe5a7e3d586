package telemetry

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// stampedKinds are the resources whose changes are operations, or parts of one.
var stampedKinds = map[string]bool{
	"ResourceGroup": true, "ManagedCluster": true, "AgentPool": true, "ScaleSet": true, "Machine": true,
}

// Stamped is a client whose writes leave the origin of their context on Lotse's resources.
func Stamped(c client.Client) client.Client { return stamped{c} }

type stamped struct{ client.Client }

func (s stamped) stamps(o runtime.Object) bool {
	kind, err := s.GroupVersionKindFor(o)
	return err == nil && isStamped(kind)
}

func isStamped(kind schema.GroupVersionKind) bool {
	return kind.Group == v1alpha1.GroupVersion.Group && stampedKinds[kind.Kind]
}

// Create implements client.Writer.
func (s stamped) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	if s.stamps(o) {
		stamp(ctx, o)
	}
	return s.Client.Create(ctx, o, options...)
}

// Update implements client.Writer.
func (s stamped) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	if s.stamps(o) {
		stamp(ctx, o)
	}
	return s.Client.Update(ctx, o, options...)
}

// Apply implements client.Writer.
func (s stamped) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if u, ok := o.(interface {
		metav1.Object
		GroupVersionKind() schema.GroupVersionKind
	}); ok && isStamped(u.GroupVersionKind()) {
		stamp(ctx, u)
	}
	return s.Client.Apply(ctx, o, options...)
}

// Delete implements client.Writer. A deletion carries no annotations, so they are written before it. If that fails, the object is deleted
// without them.
func (s stamped) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	if s.stamps(o) {
		after, ok := o.DeepCopyObject().(client.Object)
		if ok && stamp(ctx, after) {
			_ = s.Client.Patch(ctx, after, client.MergeFrom(o), client.FieldOwner(v1alpha1.FieldManager))
		}
	}
	return s.Client.Delete(ctx, o, options...)
}
