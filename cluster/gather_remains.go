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
	if err := r.gatherNamespaces(ctx, f, nodes, own); err != nil {
		return err
	}
	want, group := provision.NodeGroup(f.cluster), &v1alpha1.ResourceGroup{}
	t.Group, err = r.remaining(ctx, client.ObjectKeyFromObject(want), group)
	if !strings.EqualFold(group.Spec.ManagedBy, want.Spec.ManagedBy) {
		t.Group = nil // it belongs to something else and was refused to this cluster
	}
	return err
}

// gatherNamespaces leaves out those that belong to something else and were refused to this cluster.
func (r *Reconciler) gatherNamespaces(ctx context.Context, f *facts, nodes, own string) error {
	t := &f.teardown
	foreignNodes, foreignOwn := false, false
	var err error
	if t.NodesNamespace, foreignNodes, err = r.namespace(ctx, f, nodes); err != nil {
		return err
	}
	if t.Namespace, foreignOwn, err = r.namespace(ctx, f, own); err != nil {
		return err
	}
	var mine []string
	if !foreignNodes {
		mine = append(mine, nodes)
	}
	if !foreignOwn {
		mine = append(mine, own)
		if t.Workloads, err = r.workloads(ctx, own); err != nil {
			return err
		}
	}
	t.Volumes, err = r.volumesOf(ctx, mine...)
	return err
}

// namespace if it is still there and the cluster's own; foreign if it is another's.
func (r *Reconciler) namespace(ctx context.Context, f *facts, name string) (left []client.Object, foreign bool, err error) {
	left, err = r.remaining(ctx, client.ObjectKey{Name: name}, &corev1.Namespace{})
	if len(left) > 0 && !f.cluster.Owns(left[0]) {
		return nil, true, nil
	}
	return left, false, err
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
