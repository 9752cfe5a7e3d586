package provision

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/store"
)

// Health of every component (A2), from the Pods of the control plane and what is known of its store; known is nil if nothing is. Since is
// kept from before while Healthy stays the same.
func Health(before []v1alpha1.ComponentHealth, pods []corev1.Pod, known *v1alpha1.StoreState, now metav1.Time) []v1alpha1.ComponentHealth {
	var all []v1alpha1.ComponentHealth
	for _, name := range v1alpha1.ComponentNames {
		h := component(name, best(pods, v1alpha1.PodComponent(name)))
		if name == v1alpha1.ComponentEtcd && known != nil {
			h = stored(h, *known)
		}
		h.Since = now
		for _, b := range before {
			if b.Name == h.Name && b.Healthy == h.Healthy {
				h.Since = b.Since
			}
		}
		all = append(all, h)
	}
	return all
}

// best is the Pod that counts for a component: one that is Ready, else the newest. During a rollout there are two.
func best(pods []corev1.Pod, component string) *corev1.Pod {
	var found *corev1.Pod
	for i := range pods {
		p := &pods[i]
		if p.Labels[v1alpha1.LabelComponent] != component || p.DeletionTimestamp != nil {
			continue
		}
		if found == nil || (ready(p) && !ready(found)) || (ready(p) == ready(found) && found.CreationTimestamp.Before(&p.CreationTimestamp)) {
			found = p
		}
	}
	return found
}

func component(name string, pod *corev1.Pod) v1alpha1.ComponentHealth {
	h := v1alpha1.ComponentHealth{Name: name}
	if pod == nil {
		h.Message = "no Pod yet"
		return h
	}
	i := slices.IndexFunc(pod.Status.ContainerStatuses, func(s corev1.ContainerStatus) bool { return s.Name == name })
	if i < 0 {
		h.Reason, h.Message = unscheduled(pod)
		return h
	}
	status := pod.Status.ContainerStatuses[i]
	h.Healthy, h.Restarts = status.Ready, status.RestartCount
	if !h.Healthy {
		h.Message = state(status)
	}
	return h
}

// stored is the health of an etcd that answers: one that refuses writes is not healthy.
func stored(h v1alpha1.ComponentHealth, known v1alpha1.StoreState) v1alpha1.ComponentHealth {
	if message := store.Message(known); h.Healthy && message != "" {
		h.Healthy, h.Message = !known.Full, message
	}
	return h
}

// unscheduled is why a Pod has no containers yet. The reason is Unschedulable if the management cluster has no capacity for it.
func unscheduled(pod *corev1.Pod) (reason, message string) {
	for _, c := range pod.Status.Conditions {
		if c.Type != corev1.PodScheduled || c.Status != corev1.ConditionFalse {
			continue
		}
		if c.Reason == corev1.PodReasonUnschedulable {
			return c.Reason, strings.TrimSuffix("Unschedulable: "+c.Message, ": ")
		}
		if c.Message != "" {
			return "", c.Message
		}
	}
	return "", "the Pod is being scheduled"
}

func state(s corev1.ContainerStatus) string {
	switch {
	case s.State.Waiting != nil && s.State.Waiting.Message != "":
		return s.State.Waiting.Reason + ": " + s.State.Waiting.Message
	case s.State.Waiting != nil:
		return s.State.Waiting.Reason
	case s.State.Terminated != nil:
		return fmt.Sprintf("ended with code %d: %s", s.State.Terminated.ExitCode, s.State.Terminated.Reason)
	case s.Started == nil || !*s.Started:
		return "starting"
	}
	return "does not answer its readiness probe"
}

func ready(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}
