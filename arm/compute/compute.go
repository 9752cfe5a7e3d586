// Package compute is Microsoft.Compute as far as Lotse has it: the scale sets of node pools appear in the list of resources. It has no routes
// of its own yet.
package compute

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/provider"
)

const (
	namespace    = "Microsoft.Compute"
	scaleSetType = namespace + "/virtualMachineScaleSets"
)

// Provider of Microsoft.Compute.
type Provider struct{ reader client.Reader }

// New provider. The reader must not read from a cache.
func New(reader client.Reader) *Provider { return &Provider{reader: reader} }

// Registration of Microsoft.Compute. It lists no types: there are none that clients could write.
func (p *Provider) Registration() provider.Registration {
	return provider.Registration{Namespace: namespace, Resources: p.scaleSets}
}

func (p *Provider) scaleSets(ctx context.Context, subscription string) ([]provider.Resource, error) {
	var list v1alpha1.ScaleSetList
	if err := p.reader.List(ctx, &list, client.InNamespace(v1alpha1.SubscriptionNamespace(subscription))); err != nil {
		return nil, err
	}
	var all []provider.Resource
	for _, set := range list.Items {
		all = append(all, provider.Resource{
			ID: v1alpha1.ScaleSetID(subscription, set.Spec.ResourceGroup, set.Spec.Name), Name: set.Spec.Name, Type: scaleSetType,
			Location: set.Spec.Location, Tags: set.Spec.Tags, Group: set.Spec.ResourceGroup,
		})
	}
	return all, nil
}
