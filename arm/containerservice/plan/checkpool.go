package plan

import (
	"fmt"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/machine/size"
)

// Limits of pools, AKS's.
const (
	defaultMaxPods = 110
	minMaxPods     = 10
	mostMaxPods    = 250
	minOSDisk      = 10
	maxOSDisk      = 2048
)

// complaint notes what is wrong with a field of a pool.
type complaint func(field, format string, args ...any)

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
	if p.OSDiskSizeGB == 0 {
		p.OSDiskSizeGB = v1alpha1.DefaultOSDiskSizeGB
	}
	if p.Mode == "" {
		p.Mode = v1alpha1.UserPool
	}
}

// checkPool says what is wrong with a pool by itself. path is where its properties stand in the body.
func checkPool(p v1alpha1.AgentPoolSpec, path string) []*fault.Error {
	var faults []*fault.Error
	var wrong complaint = func(field, format string, args ...any) {
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
	if p.Mode == v1alpha1.SystemPool && p.PowerState == v1alpha1.Stopped {
		wrong("powerState.code", "a System pool cannot be stopped by itself; stop the whole cluster, or make it a User pool first")
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
	checkLabels(p.NodeLabels, wrong)
	checkTaints(p.NodeTaints, wrong)
	checkUpgradeSettings(p, wrong)
	return faults
}
