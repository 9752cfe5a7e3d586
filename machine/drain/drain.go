// Package drain empties a node through the eviction API, so that disruption budgets are kept.
package drain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patience with one eviction. Where the API server wants to be asked again later, as while it has not looked at a budget yet, client-go
// would sleep and ask, for up to a minute and more; the next round of the drain does that without holding up anybody.
const patience = 3 * time.Second

// mirrorAnnotation marks Pods that the kubelet made from its own files.
const mirrorAnnotation = "kubernetes.io/config.mirror"

// Plan is what stands between a node and being empty.
type Plan struct {
	// Evict are Pods nobody has asked to leave yet.
	Evict []corev1.Pod
	// Leaving are Pods that end their work.
	Leaving []corev1.Pod
}

// Empty reports that nothing is left to wait for.
func (p Plan) Empty() bool { return len(p.Evict)+len(p.Leaving) == 0 }

// Decide which Pods of a node have to go. DaemonSets' would come right back, mirror Pods belong to the kubelet, and ended ones are empty
// shells: all three go with the node.
func Decide(pods []corev1.Pod) Plan {
	var plan Plan
	for _, p := range pods {
		switch {
		case staysWithNode(p):
		case p.DeletionTimestamp != nil:
			plan.Leaving = append(plan.Leaving, p)
		default:
			plan.Evict = append(plan.Evict, p)
		}
	}
	return plan
}

func staysWithNode(p corev1.Pod) bool {
	_, mirror := p.Annotations[mirrorAnnotation]
	owner := metav1.GetControllerOf(&p)
	return mirror || owner != nil && owner.Kind == "DaemonSet" ||
		p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// Pods on a node.
func Pods(ctx context.Context, c client.Reader, nodeName string) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	if err := c.List(ctx, list, client.MatchingFields{"spec.nodeName": nodeName}); err != nil {
		return nil, fmt.Errorf("listing the Pods on node %s: %w", nodeName, err)
	}
	return list.Items, nil
}

// Evict asks the Pods of a plan to leave, and says what the drain waits for.
func Evict(ctx context.Context, c client.Client, plan Plan) (waiting string, err error) {
	var blocked []string
	for _, p := range plan.Evict {
		why, err := evict(ctx, c, p)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			blocked = append(blocked, fmt.Sprintf("an eviction of Pod %s/%s, which the API server puts off", p.Namespace, p.Name))
			break // the others would take as long
		}
		if err != nil {
			return "", err
		}
		if why != "" {
			blocked = append(blocked, why)
		}
	}
	return describe(blocked, plan), nil
}

func evict(ctx context.Context, c client.Client, p corev1.Pod) (blocked string, err error) {
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &p.UID}},
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = c.SubResource("eviction").Create(ctx, &p, eviction)
	switch {
	case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err): // gone, or another Pod of that name by now
		return "", nil
	case apierrors.IsTooManyRequests(err):
		return budget(p, err), nil
	}
	return "", fmt.Errorf("evicting Pod %s/%s: %w", p.Namespace, p.Name, err)
}

// budget names the disruption budget that refused an eviction. The API server says which in its causes.
func budget(p corev1.Pod, err error) string {
	if cause, found := apierrors.StatusCause(err, policyv1.DisruptionBudgetCause); found {
		if _, rest, found := strings.Cut(cause.Message, "disruption budget "); found {
			name, _, _ := strings.Cut(rest, " ")
			return fmt.Sprintf("PodDisruptionBudget %s/%s", p.Namespace, name)
		}
	}
	return fmt.Sprintf("an eviction of Pod %s/%s, which is refused: %s", p.Namespace, p.Name, err)
}

func describe(blocked []string, plan Plan) string {
	slices.Sort(blocked)
	blocked = slices.Compact(blocked)
	switch {
	case len(blocked) > 0:
		return "waiting for " + strings.Join(blocked[:min(3, len(blocked))], ", ")
	case plan.Empty():
		return ""
	}
	pods := append(slices.Clone(plan.Leaving), plan.Evict...)
	return fmt.Sprintf("waiting for %d Pods to end, %s/%s among them", len(pods), pods[0].Namespace, pods[0].Name)
}
