package resources

import (
	"context"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/provider"
)

// groupKind of operations are those of resource groups.
const groupKind operation.Kind = "rg"

// apiVersions of the resource manager, the newest first.
var apiVersions = []string{"2022-09-01", "2021-04-01", "2020-06-01", "2019-11-01"}

// Registration of Microsoft.Resources.
func (s *Resources) Registration() provider.Registration {
	return provider.Registration{
		Namespace: "Microsoft.Resources",
		Types: []provider.Type{
			{Name: "tenants", Versions: apiVersions}, {Name: "subscriptions", Versions: apiVersions},
			{Name: "subscriptions/resourceGroups", Versions: apiVersions}, {Name: "subscriptions/locations", Versions: apiVersions},
			{Name: "subscriptions/providers", Versions: apiVersions}, {Name: "resourceGroups", Versions: apiVersions},
			{Name: "resources", Versions: apiVersions},
		},
		Routes:     s.routes(),
		Operations: []provider.Operations{{Kind: groupKind, Objects: s.groupObjects}},
	}
}

func (s *Resources) groupObjects(ctx context.Context) ([]provider.Object, error) {
	var list v1alpha1.ResourceGroupList
	if err := s.client.List(ctx, &list); err != nil {
		return nil, err
	}
	var all []provider.Object
	for i := range list.Items {
		g := &list.Items[i]
		all = append(all, provider.Object{ID: v1alpha1.ResourceGroupID(subscriptionID(g), g.Spec.Name), Object: g})
	}
	return all, nil
}

// Empty are resource providers in which Lotse has nothing. They can be registered, because tutorials begin with that.
func Empty() []provider.Registration {
	return []provider.Registration{
		{Namespace: "Microsoft.Network"}, {Namespace: "Microsoft.Storage"}, {Namespace: "Microsoft.OperationsManagement"},
		{Namespace: "Microsoft.OperationalInsights"}, {Namespace: "Microsoft.Insights"}, {Namespace: "Microsoft.ManagedIdentity"},
	}
}
