package cluster

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"lotse.dev/apply"
)

// ensure applies a rendered object, unless the cache shows that it is there and says all of it.
func (r *Reconciler) ensure(ctx context.Context, rendered client.Object) error {
	desired, err := stamp(rendered)
	if err != nil {
		return err
	}
	gvk, err := apiutil.GVKForObject(desired, r.Scheme())
	if err != nil {
		return fmt.Errorf("ensuring %T: %w", desired, err)
	}
	empty, err := r.Scheme().New(gvk)
	if err != nil {
		return fmt.Errorf("ensuring %s %s: %w", gvk.Kind, desired.GetName(), err)
	}
	live, ok := empty.(client.Object)
	if !ok {
		return fmt.Errorf("ensuring %s %s: %T is no object with metadata", gvk.Kind, desired.GetName(), empty)
	}
	err = r.Get(ctx, client.ObjectKeyFromObject(desired), live)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("reading %s %s: %w", gvk.Kind, client.ObjectKeyFromObject(desired), err)
	}
	if err == nil {
		if differs, err := drifted(desired, live); err != nil || !differs {
			return err
		}
	}
	return apply.Object(ctx, r.Client, desired)
}

func (r *Reconciler) now() metav1.Time { return metav1.NewTime(r.Clock.Now()) }
