package provision

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apply"
	"lotse.dev/cluster/plan"
)

// ensure adds a step that applies a rendered object, unless the object is there and has all of it. Comparing what is cached costs no call,
// and repairs what another writer changed.
func (f Facts) ensure(steps *[]plan.Step, rendered client.Object) error {
	desired, err := apply.Stamp(rendered)
	if err != nil {
		return err
	}
	k := keyOf(desired)
	if f.Objects.written[k] {
		return nil
	}
	live, found := f.Objects.live[k]
	if found {
		if drifted, err := apply.Drifted(live, desired); err != nil || !drifted {
			return err
		}
	}
	*steps = append(*steps, plan.Apply{Object: desired, Live: live})
	return nil
}
