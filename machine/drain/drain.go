// Package drain empties a node through the eviction API, so that disruption budgets are kept.
package drain

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// evictionTimeout of one eviction. Where the API server answers that it should be tried again later, as before a budget's status is known,
// client-go would sleep and retry for a minute and more; the next reconcile does that without blocking a worker.
const evictionTimeout = 3 * time.Second

// Pods on a node.
func Pods(ctx context.Context, c client.Reader, nodeName string) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	if err := c.List(ctx, list, client.MatchingFields{"spec.nodeName": nodeName}); err != nil {
		return nil, fmt.Errorf("listing the Pods on node %s: %w", nodeName, err)
	}
	return list.Items, nil
}

// Evict evicts the Pods of a plan and returns what the drain waits for.
func Evict(ctx context.Context, c client.Client, plan Plan) (waiting string, err error) {
	var blocked []string
	for _, p := range plan.Evict {
		reason, err := evict(ctx, c, p)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			blocked = append(blocked, fmt.Sprintf("an eviction of Pod %s/%s, which the API server postpones", p.Namespace, p.Name))
			break // the other evictions would time out too
		}
		if err != nil {
			return "", err
		}
		if reason != "" {
			blocked = append(blocked, reason)
		}
	}
	return describe(blocked, plan), nil
}

func evict(ctx context.Context, c client.Client, p corev1.Pod) (blocked string, err error) {
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &p.UID}},
	}
	ctx, cancel := context.WithTimeout(ctx, evictionTimeout)
	defer cancel()
	err = c.SubResource("eviction").Create(ctx, &p, eviction)
	switch {
	case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err): // the Pod is gone, or is another one of that name
		return "", nil
	case apierrors.IsTooManyRequests(err):
		return budget(p, err), nil
	}
	return "", fmt.Errorf("evicting Pod %s/%s: %w", p.Namespace, p.Name, err)
}
