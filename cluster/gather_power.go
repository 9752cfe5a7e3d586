package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/power"
	"lotse.dev/pki"
)

// gatherPower of a cluster that is to be stopped, from what was gathered of it.
func (r *Reconciler) gatherPower(ctx context.Context, f *facts) error {
	f.power = power.Facts{Cluster: f.cluster, Now: f.provision.Now, Pools: f.provision.Pools, Pods: f.provision.Pods}
	if data := f.provision.Contents()[v1alpha1.SecretPKI]; len(data) > 0 {
		if _, err := pki.Parse(data); err != nil {
			f.power.Keys = err.Error()
		}
	}
	deployments, sets := &appsv1.DeploymentList{}, &appsv1.StatefulSetList{}
	for list, found := range map[client.ObjectList]func() []client.Object{
		deployments: func() []client.Object { return objects(deployments.Items) },
		sets:        func() []client.Object { return objects(sets.Items) },
	} {
		add := func() {
			for _, o := range found() {
				if f.cluster.Owns(o) && o.GetDeletionTimestamp() == nil {
					f.power.Workloads = append(f.power.Workloads, o)
				}
			}
		}
		if err := r.list(ctx, list, v1alpha1.ControlPlaneNamespace(f.cluster.Name), add); err != nil {
			return err
		}
	}
	return nil
}
