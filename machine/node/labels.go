// Package node keeps a hosted cluster's Node object in line with its machine: labels, taints and identity. Whatever else a Node carries
// belongs to the customer or to Kubernetes and is left alone.
package node

import (
	"slices"
	"strings"
)

// kubeletMaySet are the labels of Kubernetes' own domains that a kubelet may give itself; the kubelet refuses to start with others, and the
// NodeRestriction admission plugin refuses them to it (k8s.io/kubelet/pkg/apis/well_known_labels.go).
var kubeletMaySet = []string{
	"beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "beta.kubernetes.io/os",
	"failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
	"kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os",
	"node.kubernetes.io/instance-type",
	"topology.kubernetes.io/region", "topology.kubernetes.io/zone",
}

// SelfLabels are those a kubelet may register its node with. The service puts the others on the Node afterwards.
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
	if !found || !within(domain, "kubernetes.io") && !within(domain, "k8s.io") {
		return true
	}
	return within(domain, "kubelet.kubernetes.io") || within(domain, "node.kubernetes.io") || slices.Contains(kubeletMaySet, label)
}

func within(domain, of string) bool { return domain == of || strings.HasSuffix(domain, "."+of) }
