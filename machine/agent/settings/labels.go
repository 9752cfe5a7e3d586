package settings

import (
	"maps"
	"slices"
	"strings"
)

// Labels as the kubelet's flag --node-labels wants them. The service has left out those that a kubelet may not set (boot.Machine).
func Labels(labels map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return strings.Join(pairs, ",")
}
