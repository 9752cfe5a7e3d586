package cluster

import (
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
)

// TestOperationsOfALotseThatIsKilled: each operation of a cluster ends as if nothing had been, although the process dies again and again before or after one of
// its writes, and the next one knows nothing.
func TestOperationsOfALotseThatIsKilled(t *testing.T) {
	for operation, flow := range map[string]func(*testing.T, *environment){
		"creation, change and deletion": lives, "stop and start": stopsAndStarts, "rotation": rotates, "upgrade of the control plane": upgrades,
		"abort": aborts, "abort of an upgrade": abortsAnUpgrade,
	} {
		t.Run(operation, func(t *testing.T) {
			k := apitest.NewKiller(t)
			flow(t, newEnvironment(t, func(r *Reconciler, s *environment) {
				k.Born = func() { r.mu.Lock(); r.addons = nil; r.mu.Unlock() }
				r.Client = apitest.Client[*v1alpha1.ManagedCluster](k, r.Client, 5)
				s.hosted = apitest.Client[*v1alpha1.ManagedCluster](k, s.hosted, 40) // add-ons are many objects
			}))
		})
	}
}
