package access

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/reconcile"
)

// Hosted marks the errors of writes as a hosted cluster's (reconcile.Hosted), so that no controller takes a refusal there, which customers
// can cause, for a conflict on the management cluster. Reads do not conflict.
func Hosted(c client.Client) client.Client { return hosted{c} }

type hosted struct{ client.Client }

// Apply implements client.Writer.
func (h hosted) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	return reconcile.Hosted(h.Client.Apply(ctx, o, options...))
}

// Create implements client.Writer.
func (h hosted) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	return reconcile.Hosted(h.Client.Create(ctx, o, options...))
}

// Delete implements client.Writer.
func (h hosted) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	return reconcile.Hosted(h.Client.Delete(ctx, o, options...))
}

// DeleteAllOf implements client.Writer.
func (h hosted) DeleteAllOf(ctx context.Context, o client.Object, options ...client.DeleteAllOfOption) error {
	return reconcile.Hosted(h.Client.DeleteAllOf(ctx, o, options...))
}

// Update implements client.Writer.
func (h hosted) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	return reconcile.Hosted(h.Client.Update(ctx, o, options...))
}

// Patch implements client.Writer.
func (h hosted) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.PatchOption) error {
	return reconcile.Hosted(h.Client.Patch(ctx, o, patch, options...))
}

// Status implements client.StatusClient.
func (h hosted) Status() client.SubResourceWriter { return h.SubResource("status") }

// SubResource implements client.SubResourceClientConstructor.
func (h hosted) SubResource(name string) client.SubResourceClient {
	return hostedPart{h.Client.SubResource(name)}
}

// hostedPart is a subresource, such as approval or eviction.
type hostedPart struct{ client.SubResourceClient }

// Apply implements client.SubResourceWriter.
func (h hostedPart) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.SubResourceApplyOption) error {
	return reconcile.Hosted(h.SubResourceClient.Apply(ctx, o, options...))
}

// Create implements client.SubResourceWriter.
func (h hostedPart) Create(ctx context.Context, o, part client.Object, options ...client.SubResourceCreateOption) error {
	return reconcile.Hosted(h.SubResourceClient.Create(ctx, o, part, options...))
}

// Update implements client.SubResourceWriter.
func (h hostedPart) Update(ctx context.Context, o client.Object, options ...client.SubResourceUpdateOption) error {
	return reconcile.Hosted(h.SubResourceClient.Update(ctx, o, options...))
}

// Patch implements client.SubResourceWriter.
func (h hostedPart) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	return reconcile.Hosted(h.SubResourceClient.Patch(ctx, o, patch, options...))
}
