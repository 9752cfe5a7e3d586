package drain

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// kept names the Pods that finalizers may keep beyond their grace period. A Pod whose containers have ended is not waited for, whatever keeps it.
func kept(terminating []corev1.Pod) []string {
	var reasons []string
	for _, p := range terminating {
		if len(p.Finalizers) > 0 {
			reasons = append(reasons, fmt.Sprintf("Pod %s/%s to end, which its finalizers keep (%s)", p.Namespace, p.Name, strings.Join(p.Finalizers, ", ")))
		}
	}
	return reasons
}
