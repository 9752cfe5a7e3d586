package containerservice

import (
	"net/http"
	"slices"

	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/personal"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/route"
)

const (
	// since is the oldest api-version of managed clusters that is supported; bodies of older ones differ.
	since = "2020-11-01"
	// sinceOrchestrators is the one of the list of versions, which never got a newer one.
	sinceOrchestrators = "2017-08-31"

	namespace   = "/subscriptions/{subscription}/providers/" + wire.Namespace
	location    = namespace + "/locations/{location}"
	clusters    = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + wire.ClusterType
	clusterPath = clusters + "/{cluster}"
	poolsPath   = clusterPath + "/agentPools"
	poolPath    = poolsPath + "/{pool}"

	clusterActions = wire.ClusterType + "/"
	poolActions    = wire.PoolType + "/"
)

func (p *Provider) routes() route.Table {
	return slices.Concat(p.clusterRoutes(), p.poolRoutes(), p.commandRoutes(), p.preflightRoutes(), p.maintenanceRoutes(), p.powerScheduleRoutes(), p.otherRoutes())
}

// commandRoutes are left out where nothing runs commands. A result takes the right to run commands and not AKS's commandResults/read, which every Reader
// has: it may hold what the caller may read in the cluster and a Reader may not.
func (p *Provider) commandRoutes() route.Table {
	if p.commands == nil {
		return nil
	}
	const action = clusterActions + "runCommand/action"
	return route.Table{
		{Method: http.MethodPost, Pattern: clusterPath + "/runCommand", Action: action, Since: since, Handle: p.runCommand},
		{Method: http.MethodGet, Pattern: clusterPath + "/commandResults/{command}", Action: action, Since: since, Handle: p.commandResult},
	}
}

// preflightRoutes are left out where nothing checks upgrades.
func (p *Provider) preflightRoutes() route.Table {
	if p.preflight == nil {
		return nil
	}
	return route.Table{
		{Method: http.MethodPost, Pattern: clusterPath + "/checkUpgrade", Action: clusterActions + "checkUpgrade/action", Since: since, Handle: p.checkUpgrade},
	}
}

func (p *Provider) clusterRoutes() route.Table {
	r := func(method, pattern, action string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Action: clusterActions + action, Since: since, Handle: h}
	}
	return route.Table{
		r(http.MethodGet, clusterPath, "read", p.getCluster),
		r(http.MethodPut, clusterPath, "write", concurrency.RetryOnConflict(p.putCluster)),
		r(http.MethodPatch, clusterPath, "write", concurrency.RetryOnConflict(p.patchCluster)),
		r(http.MethodDelete, clusterPath, "delete", p.deleteCluster),
		r(http.MethodPost, clusterPath+"/stop", "stop/action", concurrency.RetryOnConflict(p.stopCluster)),
		r(http.MethodPost, clusterPath+"/start", "start/action", concurrency.RetryOnConflict(p.startCluster)),
		r(http.MethodPost, clusterPath+"/abort", "abort/action", concurrency.RetryOnConflict(p.abortCluster)),
		r(http.MethodPost, clusterPath+"/rotateClusterCertificates", "rotateClusterCertificates/action", concurrency.RetryOnConflict(p.rotateCertificates)),
		r(http.MethodPost, clusterPath+"/rotateServiceAccountSigningKeys", "rotateServiceAccountSigningKeys/action", concurrency.RetryOnConflict(p.rotateKeys)),
		{Method: http.MethodGet, Pattern: clusters, Access: route.Visible, Since: since, Handle: p.listClusters},
		{Method: http.MethodGet, Pattern: namespace + "/managedClusters", Access: route.Visible, Since: since, Handle: p.listClusters},
		r(http.MethodPost, clusterPath+"/listClusterUserCredential", "listClusterUserCredential/action",
			p.credentials(personal.User)),
		r(http.MethodPost, clusterPath+"/listClusterAdminCredential", adminAction, p.credentials(personal.Admin)),
		// The call of older clients needs the same right as the call that replaced it.
		r(http.MethodPost, clusterPath+"/accessProfiles/clusterUser/listCredential", "listClusterUserCredential/action",
			p.accessProfile(personal.User)),
		r(http.MethodPost, clusterPath+"/accessProfiles/clusterAdmin/listCredential", adminAction, p.accessProfile(personal.Admin)),
		r(http.MethodGet, clusterPath+"/upgradeProfiles/default", "upgradeProfiles/read", p.clusterUpgrades),
		r(http.MethodGet, clusterPath+"/availableAgentPoolVersions", "availableAgentPoolVersions/read", p.poolVersions),
		r(http.MethodGet, clusterPath+"/outboundNetworkDependenciesEndpoints", "outboundNetworkDependenciesEndpoints/read", p.outbound),
	}
}

func (p *Provider) poolRoutes() route.Table {
	r := func(method, pattern, action string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Action: poolActions + action, Since: since, Handle: h}
	}
	return route.Table{
		r(http.MethodGet, poolsPath, "read", p.listPools),
		r(http.MethodGet, poolPath, "read", p.getPool),
		r(http.MethodPut, poolPath, "write", concurrency.RetryOnConflict(p.putPool)),
		r(http.MethodDelete, poolPath, "delete", concurrency.RetryOnConflict(p.deletePool)),
		r(http.MethodPost, poolPath+"/abort", "abort/action", concurrency.RetryOnConflict(p.abortPool)),
		r(http.MethodPost, poolPath+"/deleteMachines", "deleteMachines/action", concurrency.RetryOnConflict(p.deleteMachines)),
		r(http.MethodGet, poolPath+"/machines", "machines/read", p.listMachines),
		r(http.MethodGet, poolPath+"/machines/{machine}", "machines/read", p.getMachine),
		r(http.MethodPost, poolPath+"/upgradeNodeImageVersion", "upgradeNodeImageVersion/write", concurrency.RetryOnConflict(p.upgradeNodeImage)),
		r(http.MethodGet, poolPath+"/upgradeProfiles/default", "upgradeProfiles/read", p.poolUpgrades),
	}
}

func (p *Provider) otherRoutes() route.Table {
	get := http.MethodGet
	return route.Table{
		{Method: get, Pattern: location + "/operations/{operation}", Access: route.Visible, Since: since, Handle: p.operations().Status},
		{Method: get, Pattern: location + "/operationresults/{operation}", Access: route.Visible, Since: since, Handle: p.operations().Result},
		{Method: get, Pattern: location + "/orchestrators", Access: route.Visible, Since: sinceOrchestrators, Handle: p.here(p.orchestrators)},
		{Method: get, Pattern: location + "/kubernetesVersions", Access: route.Visible, Since: since, Handle: p.here(p.kubernetesVersions)},
		{Method: get, Pattern: location + "/usages", Access: route.Visible, Since: since, Handle: p.here(p.usages)},
		{Method: get, Pattern: "/providers/" + wire.Namespace + "/operations", Access: route.SignedIn, Since: since, Handle: p.actions},
	}
}

// here refuses other locations than this Lotse's.
func (p *Provider) here(handle route.Handler) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		if asked := r.Param("location"); naming.Location(asked) != naming.Location(p.location) {
			return fault.New(fault.LocationNotAvailable, "The provided location '%s' is not available for resource type 'locations'. "+
				"List of available regions for the resource type is '%s'.", asked, p.location).At("location")
		}
		return handle(w, r)
	}
}
