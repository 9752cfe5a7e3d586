package drain

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// mirrorAnnotation marks the mirror Pods of a kubelet's static Pods.
const mirrorAnnotation = "kubernetes.io/config.mirror"

// Plan is what has to happen before a node is empty.
type Plan struct {
	// Evict are Pods to evict.
	Evict []corev1.Pod
	// Terminating are Pods that are being deleted already.
	Terminating []corev1.Pod
}

// Empty reports that nothing is left to drain.
func (p Plan) Empty() bool { return len(p.Evict)+len(p.Terminating) == 0 }

// Decide which Pods of a node have to end. DaemonSets' Pods would be created again, mirror Pods belong to the kubelet, and Pods
// that have ended do no work: all three are deleted with the node.
func Decide(pods []corev1.Pod) Plan {
	var plan Plan
	for _, p := range pods {
		switch {
		case staysWithNode(p):
		case p.DeletionTimestamp != nil:
			plan.Terminating = append(plan.Terminating, p)
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

// budget names the disruption budget that refused an eviction, and the Pod. The API server names it in the causes of its answer.
func budget(p corev1.Pod, err error) string {
	if cause, found := apierrors.StatusCause(err, policyv1.DisruptionBudgetCause); found {
		if _, rest, found := strings.Cut(cause.Message, "disruption budget "); found {
			name, _, _ := strings.Cut(rest, " ")
			return fmt.Sprintf("PodDisruptionBudget %s/%s%s%s/%s)", p.Namespace, name, ofPod, p.Namespace, p.Name)
		}
	}
	return fmt.Sprintf("an eviction of Pod %s/%s, which is refused: %s", p.Namespace, p.Name, err)
}

// refusal of an eviction for which the API server names no budget.
type refusal struct {
	pod corev1.Pod
	err error
}

// reason for a refusal, given the budgets that protect its Pod. Kubernetes evicts no Pod that has several, and does not report which.
func (r refusal) reason(budgets []string) string {
	if len(budgets) < 2 {
		return budget(r.pod, r.err)
	}
	return fmt.Sprintf("Pod %s/%s, which has %d PodDisruptionBudgets (%s); Kubernetes evicts no Pod with more than one, so delete the others",
		r.pod.Namespace, r.pod.Name, len(budgets), strings.Join(budgets, ", "))
}

// first refusals, as many as are described: each costs a look at its namespace's budgets.
func first(all []refusal) []refusal {
	slices.SortFunc(all, func(a, b refusal) int {
		return strings.Compare(a.pod.Namespace+"/"+a.pod.Name, b.pod.Namespace+"/"+b.pod.Name)
	})
	return all[:min(described, len(all))]
}

// Protecting are the names of the budgets that select a Pod, in their order.
func Protecting(p corev1.Pod, budgets []policyv1.PodDisruptionBudget) []string {
	var names []string
	for _, b := range budgets {
		selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err == nil && selector.Matches(labels.Set(p.Labels)) {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	return names
}

// described reasons of a drain at most.
const described = 3

// describe what a drain waits for after its evictions; blocked are the reasons why some were refused.
func describe(blocked []string, plan Plan) string {
	blocked = append(blocked, kept(plan.Terminating)...)
	slices.Sort(blocked)
	blocked = slices.CompactFunc(blocked, sameBudget)
	switch {
	case len(blocked) > 0:
		return "waiting for " + strings.Join(blocked[:min(described, len(blocked))], ", ")
	case plan.Empty():
		return ""
	}
	pods := append(slices.Clone(plan.Terminating), plan.Evict...)
	return fmt.Sprintf("waiting for %d Pods to end, %s/%s among them", len(pods), pods[0].Namespace, pods[0].Name)
}
