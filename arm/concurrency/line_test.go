package concurrency

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

func TestLine(t *testing.T) {
	var l line
	var inside, most, beside atomic.Int32
	var all sync.WaitGroup
	end := l.wait(t.Context(), "busy") // the others wait until all have joined
	for range 8 {
		all.Go(func() {
			defer l.wait(t.Context(), "busy")()
			if n := inside.Add(1); n > most.Load() {
				most.Store(n)
			}
			inside.Add(-1)
		})
	}
	all.Go(func() {
		defer l.wait(t.Context(), "other")()
		beside.Add(1)
		end()
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	l.wait(gone, "busy")() // comes back at once
	all.Wait()
	if most.Load() != 1 || beside.Load() != 1 {
		t.Errorf("%d writes of one parent had their turn at once, and %d of another beside them", most.Load(), beside.Load())
	}
	if len(l.parents) != 0 {
		t.Errorf("the line remembers %d parents", len(l.parents))
	}
}

func TestParentOf(t *testing.T) {
	const cluster = "/subscriptions/s/resourcegroups/g/providers/microsoft.containerservice/managedclusters/c"
	for path, want := range map[string]string{
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/C":              cluster,
		"/subscriptions/s/resourceGroups/G/providers/Microsoft.ContainerService/managedClusters/c/agentPools/x": cluster,
		"/subscriptions/s": "/subscriptions/s", "": "",
	} {
		if got := parentOf(path); got != want {
			t.Errorf("%s: got %s", path, got)
		}
	}
}
