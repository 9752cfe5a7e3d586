package settings

import (
	"maps"
	"slices"
	"strings"
)

// allowed are the labels of Kubernetes' own that a kubelet may set on its node (k8s.io/kubelet/pkg/apis).
var allowed = []string{
	"kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
	"topology.kubernetes.io/zone", "topology.kubernetes.io/region",
	"failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
	"node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type",
}

// Labels that the kubelet may set, as its flag wants them, and those it would refuse to start with: someone with more rights has to
// put them on the node.
func Labels(labels map[string]string) (flag string, refused []string) {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if mayLabel(key) {
			pairs = append(pairs, key+"="+labels[key])
		} else {
			refused = append(refused, key)
		}
	}
	return strings.Join(pairs, ","), refused
}

func mayLabel(key string) bool {
	domain, _, qualified := strings.Cut(key, "/")
	if !qualified || slices.Contains(allowed, key) {
		return true
	}
	if within(domain, "kubelet.kubernetes.io") || within(domain, "node.kubernetes.io") {
		return true
	}
	return !within(domain, "kubernetes.io") && !within(domain, "k8s.io")
}

func within(domain, parent string) bool {
	return domain == parent || strings.HasSuffix(domain, "."+parent)
}
