// Package inventory finds the objects behind ARM IDs, and has ARM's errors for missing ones.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

// ErrOtherResource is an object whose name fits the path and whose spec does not. It should be impossible to make one, so it is logged.
var ErrOtherResource = errors.New("the object holds another resource")

// Group finds a resource group: ResourceGroupNotFound if there is none.
func Group(ctx context.Context, c client.Reader, subscription, name string) (*v1alpha1.ResourceGroup, error) {
	g := &v1alpha1.ResourceGroup{}
	id := v1alpha1.ResourceGroupID(subscription, name)
	err := get(ctx, c, subscription, id, g)
	if apierrors.IsNotFound(err) {
		return nil, fault.New(fault.ResourceGroupNotFound, "Resource group '%s' could not be found.", name)
	}
	if err != nil {
		return nil, err
	}
	return g, same(g, id, v1alpha1.ResourceGroupID(subscription, g.Spec.Name))
}

// WritableGroup finds a resource group that is not being deleted.
func WritableGroup(ctx context.Context, c client.Reader, subscription, name string) (*v1alpha1.ResourceGroup, error) {
	g, err := Group(ctx, c, subscription, name)
	if err == nil && g.DeletionTimestamp != nil {
		return nil, fault.New(fault.ResourceGroupBeingDeleted, "The resource group '%s' is in deprovisioning state and cannot perform "+
			"this operation. Wait until it is gone.", name)
	}
	return g, err
}

// Cluster finds a managed cluster; nil if there is none.
func Cluster(ctx context.Context, c client.Reader, subscription, group, name string) (*v1alpha1.ManagedCluster, error) {
	m := &v1alpha1.ManagedCluster{}
	id := v1alpha1.ManagedClusterID(subscription, group, name)
	err := get(ctx, c, subscription, id, m)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return m, same(m, id, m.ID())
}

// ExistingCluster finds a managed cluster or says that it, or its group, is not there.
func ExistingCluster(ctx context.Context, c client.Reader, subscription, group, name string) (*v1alpha1.ManagedCluster, error) {
	m, err := Cluster(ctx, c, subscription, group, name)
	if err != nil || m != nil {
		return m, err
	}
	if _, err := Group(ctx, c, subscription, group); err != nil {
		return nil, err
	}
	return nil, NotFound(v1alpha1.ManagedClusterType+"/"+name, group)
}

// NotFound is ARM's error for a missing resource.
func NotFound(resource, group string) error {
	return fault.New(fault.ResourceNotFound, "The Resource '%s' under resource group '%s' was not found.", resource, group)
}

// Clusters of a subscription, or of one of its groups if group is not empty.
func Clusters(ctx context.Context, c client.Reader, subscription, group string) ([]v1alpha1.ManagedCluster, error) {
	var list v1alpha1.ManagedClusterList
	if err := c.List(ctx, &list, client.InNamespace(v1alpha1.SubscriptionNamespace(subscription))); err != nil {
		return nil, err
	}
	elsewhere := func(m v1alpha1.ManagedCluster) bool {
		return group != "" && !strings.EqualFold(m.Spec.ResourceGroup, group)
	}
	return slices.DeleteFunc(list.Items, elsewhere), nil
}

// Pools of a cluster, ordered by name; all pools of the subscription if cluster is empty.
func Pools(ctx context.Context, c client.Reader, subscription, cluster string) ([]v1alpha1.AgentPool, error) {
	var list v1alpha1.AgentPoolList
	which := []client.ListOption{client.InNamespace(v1alpha1.SubscriptionNamespace(subscription))}
	if cluster != "" { // the API server filters: reading one cluster must not cost as much as all pools of its subscription
		which = append(which, client.MatchingLabels{v1alpha1.LabelCluster: cluster})
	}
	if err := c.List(ctx, &list, which...); err != nil {
		return nil, err
	}
	elsewhere := func(p v1alpha1.AgentPool) bool { return cluster != "" && p.Spec.Cluster != cluster }
	pools := slices.DeleteFunc(list.Items, elsewhere)
	slices.SortFunc(pools, func(a, b v1alpha1.AgentPool) int { return strings.Compare(a.Spec.Name, b.Spec.Name) })
	return pools, nil
}

// same refuses an object that holds another resource than the path names: the two IDs give one object name.
func same(o client.Object, path, held string) error {
	if v1alpha1.SameID(path, held) {
		return nil
	}
	return fault.New(fault.Conflict, "The name of resource '%s' cannot be used, because it cannot be distinguished from the name of another resource. "+
		"Choose another name.", path).Because(fmt.Errorf("%w: object %s/%s is asked for as %s and holds %s", ErrOtherResource, o.GetNamespace(), o.GetName(), path, held))
}

func get(ctx context.Context, c client.Reader, subscription, id string, o client.Object) error {
	return c.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: v1alpha1.ObjectName(id)}, o)
}
