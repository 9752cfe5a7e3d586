// Package room answers ahead whether the management cluster can hold what a customer asks for: control planes and machines are Pods, and
// where a Pod fits is the scheduler's arithmetic over requests, which can be done before anything is made.
//
// It is an answer for the moment. What changes between the answer and the Pods is told by them: a machine without a host says so, and its
// pool's operation fails with that after a while.
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

// Request is what one Pod asks of its host.
type Request struct {
	MilliCPU int64
	Memory   int64 // bytes
}

const mebi = int64(1) << 20

// Machine is what the Pod of a machine requests, whatever its size: owners share a host among more guests than it could hold at once.
var Machine = Request{MilliCPU: 20, Memory: 512 * mebi}

// ControlPlane is what the Pods of a hosted control plane request, by component.
var ControlPlane = map[string]Request{
	v1alpha1.ComponentEtcd:              {MilliCPU: 10, Memory: 64 * mebi},
	v1alpha1.ComponentAPIServer:         {MilliCPU: 25, Memory: 280 * mebi}, // with the tunnel's server
	v1alpha1.ComponentControllerManager: {MilliCPU: 10, Memory: 64 * mebi},
	v1alpha1.ComponentScheduler:         {MilliCPU: 5, Memory: 32 * mebi},
}

// Resources of a request, as a container states them.
func (r Request) Resources() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(r.MilliCPU, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(r.Memory, resource.BinarySI),
	}
}

// Host is a node of the management cluster and what is free on it.
type Host struct {
	Name string
	Free Request
	Pods int64
	// Closed says why it takes nothing new; empty if it does.
	Closed string
}

// Fit says what is missing for all of the requests to find a host, or nothing. Large ones are placed first.
func Fit(hosts []Host, wanted []Request) string {
	free := slices.DeleteFunc(slices.Clone(hosts), func(h Host) bool { return h.Closed != "" })
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

// lacks names what a host has too little of for a request.
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
		state := h.Closed
		if state == "" {
			state = fmt.Sprintf("free are %dm CPU, %d MiB of memory and %d Pods", max(0, h.Free.MilliCPU), max(0, h.Free.Memory/mebi), max(0, h.Pods))
		}
		states = append(states, "a host: "+state) // its name is the operator's business
	}
	if len(hosts) > len(states) {
		states = append(states, fmt.Sprintf("and %d more", len(hosts)-len(states)))
	}
	return fmt.Sprintf("%d of %d Pods that are to run have no host; the next needs %dm CPU and %d MiB of memory (%s)",
		left, all, w.MilliCPU, w.Memory/mebi, strings.Join(states, "; "))
}
