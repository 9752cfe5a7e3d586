package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/provision"
	"lotse.dev/cluster/teardown"
)

// gatherRemains of a cluster that is being deleted.
func (r *Reconciler) gatherRemains(ctx context.Context, f *facts) error {
	t := &f.teardown
	*t = teardown.Facts{Cluster: f.cluster}
	nodes, own := v1alpha1.NodesNamespace(f.cluster.Name), v1alpha1.ControlPlaneNamespace(f.cluster.Name)
	pools := &v1alpha1.AgentPoolList{}
	err := r.list(ctx, pools, f.cluster.Namespace, func() { t.Pools = objects(pools.Items) },
		client.MatchingLabels{v1alpha1.LabelCluster: f.cluster.Name})
	if err != nil {
		return err
	}
	if t.Workloads, err = r.workloads(ctx, own); err != nil {
		return err
	}
	if t.NodesNamespace, err = r.remaining(ctx, client.ObjectKey{Name: nodes}, &corev1.Namespace{}); err != nil {
		return err
	}
	if t.Namespace, err = r.remaining(ctx, client.ObjectKey{Name: own}, &corev1.Namespace{}); err != nil {
		return err
	}
	if t.Volumes, err = r.volumesOf(ctx, nodes, own); err != nil {
		return err
	}
	want, group := provision.NodeGroup(f.cluster), &v1alpha1.ResourceGroup{}
	t.Group, err = r.remaining(ctx, client.ObjectKeyFromObject(want), group)
	if !strings.EqualFold(group.Spec.ManagedBy, want.Spec.ManagedBy) {
		t.Group = nil // it belongs to something else and was refused to this cluster
	}
	return err
}

// workloads of the control plane, with their Pods and claims.
func (r *Reconciler) workloads(ctx context.Context, namespace string) ([]client.Object, error) {
	deployments, sets := &appsv1.DeploymentList{}, &appsv1.StatefulSetList{}
	pods, claims := &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}
	for _, list := range []client.ObjectList{deployments, sets, pods, claims} {
		if err := r.list(ctx, list, namespace, func() {}); err != nil {
			return nil, err
		}
	}
	return slices.Concat(objects(deployments.Items), objects(sets.Items), objects(pods.Items), objects(claims.Items)), nil
}

// remaining is the object if it is still there.
func (r *Reconciler) remaining(ctx context.Context, key client.ObjectKey, o client.Object) ([]client.Object, error) {
	found, err := r.find(ctx, key, o)
	if err != nil || !found {
		return nil, err
	}
	return []client.Object{o}, nil
}

func (r *Reconciler) volumesOf(ctx context.Context, namespaces ...string) ([]string, error) {
	volumes := &corev1.PersistentVolumeList{}
	if err := r.List(ctx, volumes); err != nil {
		return nil, fmt.Errorf("listing volumes: %w", err)
	}
	var names []string
	for _, v := range volumes.Items {
		claim := v.Spec.ClaimRef
		if claim != nil && slices.Contains(namespaces, claim.Namespace) && v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
			names = append(names, v.Name)
		}
	}
	return names, nil
}
