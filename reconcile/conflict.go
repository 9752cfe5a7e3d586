package reconcile

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// conflictRetry is how long a cache that is behind is given to catch up. Usually it takes a few milliseconds.
const conflictRetry = 20 * time.Millisecond

// onConflict reconciles again after a conflict. It is no failure: the cache was behind, and what was decided on it is void.
type onConflict[R comparable] struct {
	reconcile.TypedReconciler[R]
}

// Reconcile implements reconcile.TypedReconciler.
func (c onConflict[R]) Reconcile(ctx context.Context, request R) (ctrl.Result, error) {
	result, err := c.TypedReconciler.Reconcile(ctx, request)
	if IsConflict(err) {
		return ctrl.Result{RequeueAfter: conflictRetry}, nil
	}
	return result, err
}

// IsConflict reports whether an error says that the object was changed, or created, since it was read.
func IsConflict(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }
