// Package capacity decides before anything is created whether the management cluster has capacity for what a customer asks for: control
// planes and machines are Pods, and whether a Pod fits is the scheduler's arithmetic over requests.
//
// The answer can be outdated when the Pods are created. A machine that then finds no host is unschedulable, and its pool's operation fails
// with that after a while.
package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"lotse.dev/api/v1alpha1"
)

// Request is what one Pod requests of its host.
type Request struct {
	MilliCPU int64
	Memory   int64 // bytes
}

const mebi = int64(1) << 20

// Machine is what the Pod of a machine requests, whatever the machine's size: the operator overcommits the host.
var Machine = Request{MilliCPU: 20, Memory: 512 * mebi}

// ControlPlane is what the Pods of a hosted control plane request, by component: what they use while nothing happens in the cluster, so that a host
// carries as many idle ones as it has space for. They are shares when processors are scarce, and no limits.
var ControlPlane = map[string]Request{
	v1alpha1.ComponentEtcd:              {MilliCPU: 4, Memory: 48 * mebi},
	v1alpha1.ComponentAPIServer:         {MilliCPU: 12, Memory: 224 * mebi}, // with the tunnel's server
	v1alpha1.ComponentControllerManager: {MilliCPU: 8, Memory: 72 * mebi},   // with the scheduler
}

// Resources returns the request as that of a container.
func (r Request) Resources() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(r.MilliCPU, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(r.Memory, resource.BinarySI),
	}
}

// Host is a node of the management cluster with what is free on it.
type Host struct {
	Name string
	Free Request
	Pods int64
	// Unschedulable is why it takes no new Pods; empty if it takes them.
	Unschedulable string
}

// Fit returns "" if every request fits on a host, otherwise what is missing. Large requests are placed first.
func Fit(hosts []Host, wanted []Request) string {
	free := slices.DeleteFunc(slices.Clone(hosts), func(h Host) bool { return h.Unschedulable != "" })
	ordered := slices.Clone(wanted)
	slices.SortFunc(ordered, func(a, b Request) int { return cmp.Compare(b.Memory, a.Memory) })
	for i, w := range ordered {
		at := slices.IndexFunc(free, func(h Host) bool { return h.takes(w) })
		if at < 0 {
			return shortage(hosts, w, len(ordered)-i, len(ordered))
		}
		free[at].Free.MilliCPU -= w.MilliCPU
		free[at].Free.Memory -= w.Memory
		free[at].Pods--
	}
	return ""
}

func (h Host) takes(r Request) bool { return len(h.lacks(r)) == 0 }

// lacks returns the resources of which a host has too little for a request.
func (h Host) lacks(r Request) []string {
	var lacking []string
	if h.Pods < 1 {
		lacking = append(lacking, "Pods")
	}
	if h.Free.MilliCPU < r.MilliCPU {
		lacking = append(lacking, "CPU")
	}
	if h.Free.Memory < r.Memory {
		lacking = append(lacking, "memory")
	}
	return lacking
}

func shortage(hosts []Host, w Request, left, all int) string {
	var states []string
	for _, h := range hosts[:min(len(hosts), 5)] {
		state := h.Unschedulable
		if state == "" {
			state = fmt.Sprintf("free are %dm CPU, %d MiB of memory and %d Pods", max(0, h.Free.MilliCPU), max(0, h.Free.Memory/mebi), max(0, h.Pods))
		}
		states = append(states, "a host: "+state) // customers must not learn its name
	}
	if len(hosts) > len(states) {
		states = append(states, fmt.Sprintf("and %d more", len(hosts)-len(states)))
	}
	return fmt.Sprintf("%d of %d Pods would be unschedulable; the next one needs %dm CPU and %d MiB of memory (%s)",
		left, all, w.MilliCPU, w.Memory/mebi, strings.Join(states, "; "))
}
