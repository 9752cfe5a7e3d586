package access

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"lotse.dev/reconcile"
)

// denied is what a customer's admission webhook can answer to any write.
var denied = apierrors.NewConflict(schema.GroupResource{Resource: "pods"}, "p", errors.New("denied by a webhook"))

// denying is a hosted cluster whose webhook denies every write.
func denying() client.Client {
	return Hosted(interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
		Apply: func(context.Context, client.WithWatch, runtime.ApplyConfiguration, ...client.ApplyOption) error {
			return denied
		},
		Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return denied },
		Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error { return denied },
		DeleteAllOf: func(context.Context, client.WithWatch, client.Object, ...client.DeleteAllOfOption) error {
			return denied
		},
		Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error { return denied },
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return denied
		},
		SubResourceCreate: func(context.Context, client.Client, string, client.Object, client.Object, ...client.SubResourceCreateOption) error {
			return denied
		},
		SubResourceUpdate: func(context.Context, client.Client, string, client.Object, ...client.SubResourceUpdateOption) error {
			return denied
		},
		SubResourcePatch: func(context.Context, client.Client, string, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
			return denied
		},
		SubResourceApply: func(context.Context, client.Client, string, runtime.ApplyConfiguration, ...client.SubResourceApplyOption) error {
			return denied
		},
	}))
}

func TestNoWriteToAHostedClusterEndsInAConflict(t *testing.T) {
	ctx, c, pod, patch := t.Context(), denying(), &corev1.Pod{}, client.MergeFrom(&corev1.Pod{})
	applied := corev1apply.Pod("p", "default")
	for write, err := range map[string]error{
		"apply":              c.Apply(ctx, applied),
		"create":             c.Create(ctx, pod),
		"delete":             c.Delete(ctx, pod),
		"delete all":         c.DeleteAllOf(ctx, pod),
		"update":             c.Update(ctx, pod),
		"patch":              c.Patch(ctx, pod, patch),
		"with a field owner": client.WithFieldOwner(c, "lotse").Update(ctx, pod),
		"a status's update":  c.Status().Update(ctx, pod),
		"an approval":        c.SubResource("approval").Update(ctx, pod),
		"an eviction":        c.SubResource("eviction").Create(ctx, pod, pod),
		"a part's patch":     c.SubResource("status").Patch(ctx, pod, patch),
		"a part's apply":     c.SubResource("status").Apply(ctx, applied),
	} {
		if !errors.Is(err, denied) || reconcile.IsConflict(err) {
			t.Errorf("%s: got %v, want the denial as a failure", write, err)
		}
	}
}
