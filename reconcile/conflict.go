package reconcile

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// conflictRetry is how long a cache that is behind is given to catch up at first. Usually it takes a few milliseconds. A conflict that comes
// back is retried at growing intervals, up to lastRetry.
const conflictRetry = 20 * time.Millisecond

// onConflict reconciles again after a conflict. It is no failure: the cache was behind, and what was decided on it is void.
type onConflict[R comparable] struct {
	reconcile.TypedReconciler[R]
	pauses workqueue.TypedRateLimiter[R]
}

func retryOnConflict[R comparable](r reconcile.TypedReconciler[R]) onConflict[R] {
	return onConflict[R]{r, workqueue.NewTypedItemExponentialFailureRateLimiter[R](conflictRetry, lastRetry)}
}

// Reconcile implements reconcile.TypedReconciler.
func (c onConflict[R]) Reconcile(ctx context.Context, request R) (ctrl.Result, error) {
	result, err := c.TypedReconciler.Reconcile(ctx, request)
	if IsConflict(err) {
		return ctrl.Result{RequeueAfter: c.pauses.When(request)}, nil
	}
	c.pauses.Forget(request)
	return result, err
}

// IsConflict reports whether an error means that an object of the management cluster was changed, or created, since it was read.
func IsConflict(err error) bool {
	var hosted hostedError
	return !errors.As(err, &hosted) && (apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err))
}

// hostedError is an error of a hosted cluster's API server.
type hostedError struct{ error }

// Unwrap lets the predicates of apierrors see the API server's answer.
func (e hostedError) Unwrap() error { return e.error }

// Hosted marks an error of a hosted cluster's API server; nil stays nil. Such an error is never a conflict in the sense of IsConflict: a
// customer's admission webhook can answer 409 to everything, so it has no meaning for the service's caches and is retried as any failure.
func Hosted(err error) error {
	if err == nil {
		return nil
	}
	return hostedError{err}
}
