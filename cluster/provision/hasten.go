package provision

import (
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
)

// hastened ends an etcd that is being replaced after a second. By itself it waits 6 s for its clients to end their watches, which an API server
// does not do, and the whole control plane waits with it. What it has acknowledged is on its disk.
func (f Facts) hastened() []plan.Step {
	for i := range f.Pods {
		p := &f.Pods[i]
		ending := p.DeletionTimestamp != nil && ptr.Deref(p.DeletionGracePeriodSeconds, 0) > 1
		if ending && p.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentEtcd {
			return []plan.Step{plan.Delete{Objects: []client.Object{p}, GraceSeconds: ptr.To[int64](1)}}
		}
	}
	return nil
}
