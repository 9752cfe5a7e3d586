package containerservice

import (
	"context"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/provider"
)

// apiVersions of managed clusters, the newest first.
var apiVersions = []string{
	"2025-02-01", "2024-10-01", "2024-09-01", "2024-08-01", "2024-07-01", "2024-05-01", "2024-02-01", "2024-01-01", "2023-11-01",
	"2023-10-01", "2023-09-01", "2023-08-01", "2023-07-01", "2023-06-01", "2023-05-01", "2023-04-01", "2023-03-01", "2023-02-01",
	"2023-01-01", "2022-11-01", "2022-09-01", "2022-07-01", "2022-06-01", "2022-04-01", "2022-03-01", "2022-02-01", "2022-01-01",
	"2021-10-01", "2021-09-01", "2021-08-01", "2021-07-01", "2021-05-01", "2021-03-01", "2021-02-01", "2020-12-01", "2020-11-01",
}

// Registration of Microsoft.ContainerService.
func (p *Provider) Registration() provider.Registration {
	return provider.Registration{
		Namespace: wire.Namespace,
		Types: []provider.Type{
			{Name: "managedClusters", Versions: apiVersions}, {Name: "managedClusters/agentPools", Versions: apiVersions},
			{Name: "managedClusters/agentPools/machines", Versions: apiVersions},
			{Name: "managedClusters/maintenanceConfigurations", Versions: apiVersions}, {Name: "managedClusters/powerSchedules", Versions: apiVersions},
			{Name: "operations", Versions: apiVersions}, {Name: "locations/operations", Versions: apiVersions},
			{Name: "locations/operationresults", Versions: apiVersions}, {Name: "locations/kubernetesVersions", Versions: apiVersions},
			{Name: "locations/orchestrators", Versions: []string{"2019-04-01"}}, {Name: "locations/usages", Versions: apiVersions},
		},
		Routes:    p.routes(),
		Resources: p.resources,
		Operations: []provider.Operations{
			{Kind: state.ClusterKind, Objects: p.clusterObjects}, {Kind: state.PoolKind, Objects: p.poolObjects},
		},
	}
}

// resources are the managed clusters; ARM lists no pools.
func (p *Provider) resources(ctx context.Context, subscription string) ([]provider.Resource, error) {
	found, err := inventory.Clusters(ctx, p.client, subscription, "")
	if err != nil {
		return nil, err
	}
	var all []provider.Resource
	for _, c := range found {
		all = append(all, provider.Resource{
			ID: c.ID(), Name: c.Spec.Name, Type: wire.ClusterType, Location: c.Spec.Location, Tags: c.Spec.Tags, Group: c.Spec.ResourceGroup,
		})
	}
	return all, nil
}

func (p *Provider) clusterObjects(ctx context.Context) ([]provider.Object, error) {
	var list v1alpha1.ManagedClusterList
	if err := p.client.List(ctx, &list); err != nil {
		return nil, err
	}
	var all []provider.Object
	for i := range list.Items {
		all = append(all, provider.Object{ID: list.Items[i].ID(), Object: &list.Items[i]})
	}
	return all, nil
}

// poolObjects of all clusters. A pool without a cluster, which is about to be collected, is shown by its object's name.
func (p *Provider) poolObjects(ctx context.Context) ([]provider.Object, error) {
	var clusters v1alpha1.ManagedClusterList
	var pools v1alpha1.AgentPoolList
	if err := p.client.List(ctx, &clusters); err != nil {
		return nil, err
	}
	if err := p.client.List(ctx, &pools); err != nil {
		return nil, err
	}
	byName := map[string]state.Cluster{}
	for _, s := range state.Of(clusters.Items, pools.Items) {
		byName[s.Object.Name] = s
	}
	var all []provider.Object
	for i := range pools.Items {
		pool, id := &pools.Items[i], pools.Items[i].Name
		if s, ok := byName[pool.Spec.Cluster]; ok {
			id = wire.PoolID(s, pool.Spec.Name)
		}
		all = append(all, provider.Object{ID: id, Object: pool})
	}
	return all, nil
}
