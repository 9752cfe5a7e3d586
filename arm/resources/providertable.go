package resources

// resourceType of a provider, and the api-versions it is listed with.
type resourceType struct {
	name     string
	versions []string
}

type provider struct {
	namespace string
	types     []resourceType
}

var (
	containerVersions = []string{
		"2025-02-01", "2024-10-01", "2024-09-01", "2024-08-01", "2024-07-01", "2024-05-01", "2024-02-01", "2024-01-01", "2023-11-01",
		"2023-10-01", "2023-09-01", "2023-08-01", "2023-07-01", "2023-06-01", "2023-05-01", "2023-04-01", "2023-03-01", "2023-02-01",
		"2023-01-01", "2022-11-01", "2022-09-01", "2022-07-01", "2022-06-01", "2022-04-01", "2022-03-01", "2022-02-01", "2022-01-01",
		"2021-10-01", "2021-09-01", "2021-08-01", "2021-07-01", "2021-05-01", "2021-03-01", "2021-02-01", "2020-12-01", "2020-11-01",
	}
	authorizationVersions = []string{"2022-04-01", "2015-07-01"}
	resourceVersions      = []string{"2022-09-01", "2021-04-01", "2020-06-01", "2019-11-01"}
)

// providerTable is every provider that clients look for. Those without types are there because tutorials begin by registering them.
var providerTable = []provider{
	{namespace: "Microsoft.ContainerService", types: []resourceType{
		{"managedClusters", containerVersions}, {"managedClusters/agentPools", containerVersions}, {"operations", containerVersions},
		{"locations/operations", containerVersions}, {"locations/operationresults", containerVersions},
		{"locations/kubernetesVersions", containerVersions}, {"locations/orchestrators", []string{"2019-04-01"}},
		{"locations/usages", containerVersions},
	}},
	{namespace: "Microsoft.Compute"}, {namespace: "Microsoft.Network"}, {namespace: "Microsoft.Storage"},
	{namespace: "Microsoft.OperationsManagement"}, {namespace: "Microsoft.OperationalInsights"}, {namespace: "Microsoft.Insights"},
	{namespace: "Microsoft.ManagedIdentity"},
	{namespace: "Microsoft.Authorization", types: []resourceType{
		{"roleAssignments", authorizationVersions}, {"roleDefinitions", authorizationVersions},
	}},
	{namespace: "Microsoft.Features", types: []resourceType{{"features", []string{"2021-07-01", "2015-12-01"}}}},
	{namespace: "Microsoft.Resources", types: []resourceType{
		{"tenants", resourceVersions}, {"subscriptions", resourceVersions}, {"subscriptions/resourceGroups", resourceVersions},
		{"subscriptions/locations", resourceVersions}, {"subscriptions/providers", resourceVersions}, {"resourceGroups", resourceVersions},
		{"resources", resourceVersions},
	}},
}
