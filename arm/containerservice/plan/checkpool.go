package plan

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/machine/size"
)

// Limits of pools, AKS's.
const (
	defaultMaxPods    = 110
	minMaxPods        = 10
	mostMaxPods       = 250
	minOSDisk         = 10
	maxOSDisk         = 2048
	maxTaints         = 50
	maxLabels         = 100 // far below what a Node object holds
	reservedLabelZone = "kubernetes.azure.com"
)

// completePool fills in what a new pool's request left out.
func completePool(p *v1alpha1.AgentPoolSpec) {
	if p.VMSize == "" {
		p.VMSize = size.Default
	}
	if known, ok := size.Of(p.VMSize); ok {
		p.VMSize = known.Name
	}
	if p.MaxPods == 0 {
		p.MaxPods = defaultMaxPods
	}
	if p.Mode == "" {
		p.Mode = v1alpha1.UserPool
	}
}

// checkPool says what is wrong with a pool by itself. path is where its properties stand in the body.
func checkPool(p v1alpha1.AgentPoolSpec, path string) []*fault.Error {
	var faults []*fault.Error
	wrong := func(field, format string, args ...any) {
		target := path + "." + field
		faults = append(faults, fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: %s.", target,
			fmt.Sprintf(format, args...)).At(target))
	}
	if p.Mode != v1alpha1.SystemPool && p.Mode != v1alpha1.UserPool {
		wrong("mode", "'%s' is neither System nor User", p.Mode)
	}
	if p.Count < 0 || p.Count > v1alpha1.MaxNodesPerPool {
		wrong("count", "a pool has 0 to %d nodes, not %d", v1alpha1.MaxNodesPerPool, p.Count)
	}
	if p.Mode == v1alpha1.SystemPool && p.Count == 0 {
		wrong("count", "a System pool has at least one node; only User pools can have none")
	}
	if _, ok := size.Of(p.VMSize); !ok {
		wrong("vmSize", "'%s' is not a size there is here; choose one of %s", p.VMSize, strings.Join(size.Names(), ", "))
	}
	if p.OSDiskSizeGB != 0 && (p.OSDiskSizeGB < minOSDisk || p.OSDiskSizeGB > maxOSDisk) {
		wrong("osDiskSizeGB", "a disk has %d to %d GB, or 0 for the default", minOSDisk, maxOSDisk)
	}
	if p.MaxPods < minMaxPods || p.MaxPods > mostMaxPods {
		wrong("maxPods", "a node has %d to %d pods", minMaxPods, mostMaxPods)
	}
	if len(p.NodeLabels) > maxLabels {
		wrong("nodeLabels", "there are %d labels; at most %d are allowed", len(p.NodeLabels), maxLabels)
		return faults
	}
	for key, value := range p.NodeLabels {
		if why := labelFault(key, value); why != "" {
			wrong("nodeLabels", "label '%s=%s': %s", key, value, why)
		}
	}
	if len(p.NodeTaints) > maxTaints {
		wrong("nodeTaints", "there are %d taints; at most %d are allowed", len(p.NodeTaints), maxTaints)
	}
	for _, taint := range p.NodeTaints {
		if why := taintFault(taint); why != "" {
			wrong("nodeTaints", "taint '%s': %s", taint, why)
		}
	}
	return faults
}

func labelFault(key, value string) string {
	if errs := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(errs) > 0 {
		return errs[0]
	}
	zone, _, qualified := strings.Cut(key, "/")
	switch {
	case !qualified:
		return ""
	case within(zone, reservedLabelZone):
		return "labels under " + reservedLabelZone + " are kept for the service"
	case within(zone, "node.kubernetes.io"), within(zone, "kubelet.kubernetes.io"):
		return ""
	case within(zone, "kubernetes.io"), within(zone, "k8s.io"):
		return "a node may not set labels of Kubernetes itself; use a prefix of your own or node.kubernetes.io"
	}
	return ""
}

func within(zone, parent string) bool { return zone == parent || strings.HasSuffix(zone, "."+parent) }

// taintFault checks key=value:Effect or key:Effect.
func taintFault(taint string) string {
	left, effect, ok := strings.Cut(taint, ":")
	key, value, _ := strings.Cut(left, "=")
	if !ok || (effect != "NoSchedule" && effect != "PreferNoSchedule" && effect != "NoExecute") {
		return "write key=value:Effect with effect NoSchedule, PreferNoSchedule or NoExecute"
	}
	if errs := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(errs) > 0 {
		return errs[0]
	}
	return ""
}
