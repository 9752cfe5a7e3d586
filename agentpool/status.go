package agentpool

import (
	"slices"

	"lotse.dev/api/v1alpha1"
)

// observe writes what there is into the pool's status.
func observe(f Facts) {
	s := &f.Pool.Status
	s.Nodes = int32(len(f.Machines))
	s.ReadyNodes = int32(len(slices.DeleteFunc(slices.Clone(f.Machines), func(m v1alpha1.Machine) bool { return !ready(m) })))
	if oldest := f.oldest(); oldest != nil {
		s.NodeImageVersion, s.CurrentOrchestratorVersion = oldest.ImageVersion, oldest.KubernetesVersion
	}
}

// oldest model in the pool. A pool is as new as its oldest machine; without any it is as new as the next one will be.
func (f Facts) oldest() *v1alpha1.MachineModel {
	if staying := f.staying(); len(staying) > 0 {
		first := slices.MinFunc(staying, f.olderFirst)
		return &first.Spec.Model
	}
	if set := f.Set(); set != nil {
		return &set.Spec.Model
	}
	return nil
}

// olderFirst orders machines: those without the set's image first, then by their instance.
func (f Facts) olderFirst(a, b v1alpha1.Machine) int {
	if set := f.Set(); set != nil {
		aNew, bNew := a.Spec.Model.Image == set.Spec.Model.Image, b.Spec.Model.Image == set.Spec.Model.Image
		switch {
		case aNew && !bNew:
			return 1
		case bNew && !aNew:
			return -1
		}
	}
	return int(a.Spec.Instance - b.Spec.Instance)
}
