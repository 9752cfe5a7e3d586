// Package node keeps a hosted cluster's Node object in line with its machine: labels, taints and identity. Whatever else a Node carries
// belongs to the customer or to Kubernetes and is left alone.
package node

import (
	"strings"

	"k8s.io/kubelet/pkg/apis"
)

// SelfLabels are those a kubelet may register its node with: the kubelet refuses to start with others, and the NodeRestriction admission
// plugin rejects them. The service sets the others on the Node afterwards.
func SelfLabels(labels map[string]string) map[string]string {
	own := map[string]string{}
	for k, v := range labels {
		if selfSettable(k) {
			own[k] = v
		}
	}
	return own
}

func selfSettable(label string) bool {
	domain, _, found := strings.Cut(label, "/")
	reserved := found && (within(domain, "kubernetes.io") || within(domain, "k8s.io"))
	return !reserved || apis.IsKubeletLabel(label)
}

func within(domain, of string) bool { return domain == of || strings.HasSuffix(domain, "."+of) }
