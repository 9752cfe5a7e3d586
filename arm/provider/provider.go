// Package provider is what a resource provider declares to the front door. From the registrations the front door makes its routes,
// the list of resource providers, the list of resources and the list of running operations.
package provider

import (
	"context"
	"fmt"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// Registration of one resource provider.
type Registration struct {
	// Namespace of its resource types, such as Microsoft.ContainerService.
	Namespace string
	// Types that the list of resource providers shows.
	Types []Type
	// Routes that it serves.
	Routes route.Table
	// Operations are its kinds of objects that have operations.
	Operations []Operations
	// Resources of a subscription. The caller of the API is not checked yet. Nil means that there are none.
	Resources func(ctx context.Context, subscription string) ([]Resource, error)
}

// Type of resources, such as managedClusters/agentPools, and the api-versions that it is listed with, the newest first.
type Type struct {
	Name     string
	Versions []string
}

// Resource as the lists of a group's and of a subscription's resources show it.
type Resource struct {
	ID, Name, Type, Location string
	Tags                     map[string]string
	// Group is the name of its resource group, in any case.
	Group string
}

// Operations of one kind of objects.
type Operations struct {
	Kind operation.Kind
	// Objects of the kind in all subscriptions.
	Objects func(context.Context) ([]Object, error)
}

// Object that has operations, and its ARM ID.
type Object struct {
	ID     string
	Object v1alpha1.Tracked
}

// Check that no two registrations have the same namespace or the same kind of operations: clients could not distinguish them.
func Check(all []Registration) error {
	namespaces, kinds := map[string]bool{}, map[operation.Kind]bool{}
	for _, r := range all {
		name := strings.ToLower(r.Namespace)
		if namespaces[name] {
			return fmt.Errorf("the resource provider %s is registered twice", r.Namespace)
		}
		namespaces[name] = true
		for _, o := range r.Operations {
			if kinds[o.Kind] {
				return fmt.Errorf("the kind %q of operations is registered twice, the second time by %s", o.Kind, r.Namespace)
			}
			kinds[o.Kind] = true
		}
	}
	return nil
}
