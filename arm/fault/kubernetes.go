package fault

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// Of turns any error into one of the table's. A refusal of the management cluster becomes the caller's error if the caller can correct it.
func Of(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return New(Conflict, "Another request changed the resource at the same time. Read it again and repeat the request.").
			After(time.Second).Because(err)
	case apierrors.IsInvalid(err):
		return invalid(err)
	case tooLarge(err):
		return New(RequestTooLarge, "The resource is too large to be stored. Send fewer or shorter tags, labels and taints.").Because(err)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return New(InvalidSubscriptionState, "The subscription is being deleted; nothing can be created in it.").Because(err)
	case errors.Is(err, context.Canceled):
		return New(ClientGone, "The client went away before the answer.").Because(err)
	case apierrors.IsTooManyRequests(err):
		return New(Throttled, "The management cluster is busy. Repeat the request.").After(retry(err)).Because(err)
	case errors.Is(err, context.DeadlineExceeded), apierrors.IsTimeout(err), apierrors.IsServerTimeout(err):
		return New(GatewayTimeout, "The management cluster did not answer in time. Repeat the request.").After(2 * time.Second).Because(err)
	case unreachable(err):
		return New(ServiceUnavailable, "The management cluster cannot be reached. Repeat the request later.").After(5 * time.Second).Because(err)
	}
	return New(Internal, "Something went wrong inside Lotse. The log says more; find it by this answer's x-ms-request-id.").Because(err)
}

// tooLarge objects are refused by the API server or by its store.
func tooLarge(err error) bool {
	return apierrors.IsRequestEntityTooLargeError(err) || strings.Contains(err.Error(), "request is too large")
}

func unreachable(err error) bool {
	var netErr net.Error
	return apierrors.IsServiceUnavailable(err) || utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) || errors.As(err, &netErr)
}

func retry(err error) time.Duration {
	if s, ok := apierrors.SuggestsClientDelay(err); ok {
		return time.Duration(s) * time.Second
	}
	return time.Second
}

// invalid is for rules that stand only in the schema of the custom resource. Its fields under spec have ARM's names.
func invalid(err error) *Error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return New(InvalidParameter, "%v", err)
	}
	var all []*Error
	for _, cause := range status.Status().Details.Causes {
		target := strings.Replace(cause.Field, "spec", "properties", 1)
		all = append(all, New(InvalidParameter, "The value of parameter %s is invalid: %s", target, cause.Message).At(target))
	}
	if len(all) == 0 {
		return New(InvalidParameter, "%v", err)
	}
	return Of(Join(all)).Because(err)
}
