// Package drain empties a node through the eviction API, so that disruption budgets are kept, or without them where a customer asked for that.
package drain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// requestTimeout of one eviction. Where the API server answers that it should be tried again later, as before a budget's status is known,
	// client-go would sleep and retry for a minute and more; the next reconcile does that without blocking a worker.
	requestTimeout = 3 * time.Second
	// parallel requests for one node, as many as kubectl makes and more: a Pod whose eviction is postponed must not hold back the others.
	parallel = 16
	// roundTimeout of all requests for one node. Pods whose eviction was not requested by then are in the next round.
	roundTimeout = 2 * requestTimeout
)

// Pods on a node.
func Pods(ctx context.Context, c client.Reader, nodeName string) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	if err := c.List(ctx, list, client.MatchingFields{"spec.nodeName": nodeName}); err != nil {
		return nil, fmt.Errorf("listing the Pods on node %s: %w", nodeName, err)
	}
	return list.Items, nil
}

// Evict the Pods of a plan, and return what the drain waits for. A Pod that cannot be evicted does not hold back the others. The client must not
// read from a cache.
func Evict(ctx context.Context, c client.Client, plan Plan) (waiting string, err error) {
	answers := each(ctx, c, plan.Evict, func(ctx context.Context, p corev1.Pod) error {
		return c.SubResource("eviction").Create(ctx, &p, &policyv1.Eviction{
			ObjectMeta:    metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name},
			DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &p.UID}},
		})
	})
	blocked, crowded, err := read(plan.Evict, answers)
	if err != nil {
		return "", err
	}
	for _, r := range first(crowded) {
		budgets := &policyv1.PodDisruptionBudgetList{}
		if err := c.List(ctx, budgets, client.InNamespace(r.pod.Namespace)); err != nil {
			return "", fmt.Errorf("listing the disruption budgets of namespace %s: %w", r.pod.Namespace, err)
		}
		blocked = append(blocked, r.reason(Protecting(r.pod, budgets.Items)))
	}
	return describe(blocked, plan), nil
}

// Delete the Pods of a plan without regard to disruption budgets, and return what the drain waits for. They get their grace period.
func Delete(ctx context.Context, c client.Client, plan Plan) (waiting string, err error) {
	answers := each(ctx, c, plan.Evict, func(ctx context.Context, p corev1.Pod) error {
		return c.Delete(ctx, &p, client.Preconditions{UID: &p.UID})
	})
	blocked, crowded, err := read(plan.Evict, answers)
	if err != nil {
		return "", err
	}
	for _, r := range crowded {
		blocked = append(blocked, r.reason(nil))
	}
	return describe(blocked, plan), nil
}

// each makes a request for every Pod, several at once, and returns the answers in the Pods' order. That a Pod is gone already is no error.
func each(ctx context.Context, c client.Reader, pods []corev1.Pod, request func(context.Context, corev1.Pod) error) []error {
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	answers := make([]error, len(pods))
	group := errgroup.Group{}
	group.SetLimit(parallel)
	for i, p := range pods {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, requestTimeout)
			defer cancel()
			if answers[i] = request(ctx, p); missing(answers[i]) && gone(ctx, c, p) {
				answers[i] = nil
			}
			return nil
		})
	}
	_ = group.Wait() // the answers hold what went wrong
	return answers
}

// missing reports whether an answer may say that a Pod is gone, or is another one of that name. A customer's webhook may answer the same about a
// Pod that runs.
func missing(answer error) bool { return apierrors.IsNotFound(answer) || apierrors.IsConflict(answer) }

// gone reports whether the API server has the Pod no more: no webhook is asked about a read.
func gone(ctx context.Context, c client.Reader, p corev1.Pod) bool {
	present := &corev1.Pod{}
	err := c.Get(ctx, client.ObjectKeyFromObject(&p), present)
	return apierrors.IsNotFound(err) || err == nil && present.UID != p.UID
}

// read the answers: the reasons why Pods stay, the Pods that the API server failed to evict, as it does under several budgets, or an error
// that concerns no single Pod.
func read(pods []corev1.Pod, answers []error) (blocked []string, failed []refusal, err error) {
	for i, answer := range answers {
		p, status := pods[i], apierrors.APIStatus(nil)
		switch {
		case answer == nil:
		case errors.Is(answer, context.DeadlineExceeded):
			blocked = append(blocked, fmt.Sprintf("an eviction of Pod %s/%s, which the API server postpones", p.Namespace, p.Name))
		case !errors.As(answer, &status):
			return nil, nil, fmt.Errorf("evicting Pod %s/%s: %w", p.Namespace, p.Name, answer)
		case status.Status().Code >= 500:
			failed = append(failed, refusal{p, answer})
		default:
			blocked = append(blocked, budget(p, answer))
		}
	}
	return blocked, failed, nil
}
