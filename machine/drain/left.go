package drain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Left are the Pods of a machine that has stopped that others could still take for running ones: those of DaemonSets, mirror Pods, Pods that
// have ended, and Pods that did not end in time. One that was bound to the node afterwards has no address, and waits for the machine to start.
func Left(pods []corev1.Pod) []corev1.Pod {
	var left []corev1.Pod
	for _, p := range pods {
		if p.Status.PodIP != "" || p.Status.Phase != corev1.PodPending && p.Status.Phase != "" {
			left = append(left, p)
		}
	}
	return left
}

// AddonsLast is what of a plan is to be ended now when the whole cluster stops: the customer's Pods first, which may need the cluster's DNS while
// they end; then those of kube-system, whose budgets guard against outages and not against a stop. alone reports that only these are left.
func (p Plan) AddonsLast() (now Plan, alone bool) {
	theirs := func(pod corev1.Pod) bool { return pod.Namespace == metav1.NamespaceSystem }
	now = Plan{Evict: slices.DeleteFunc(slices.Clone(p.Evict), theirs), Terminating: slices.DeleteFunc(slices.Clone(p.Terminating), theirs)}
	if now.Empty() {
		return p, true
	}
	return now, false
}

// Remove Pods of a machine that has stopped: nothing runs of them, so they get no grace period. One that a finalizer keeps is no endpoint any
// more.
func Remove(ctx context.Context, c client.Client, pods []corev1.Pod) error {
	answers := each(ctx, c, pods, func(ctx context.Context, p corev1.Pod) error {
		return c.Delete(ctx, &p, client.Preconditions{UID: &p.UID}, client.GracePeriodSeconds(0))
	})
	for i, err := range answers {
		if err != nil {
			return fmt.Errorf("removing Pod %s/%s: %w", pods[i].Namespace, pods[i].Name, errors.Join(answers...))
		}
	}
	return nil
}
