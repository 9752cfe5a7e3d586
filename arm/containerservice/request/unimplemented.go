package request

import (
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/wire"
)

// known is a property of AKS that Lotse does not implement, the values that mean what Lotse does anyway, and a hint what to send instead.
type known struct {
	name     string
	hint     string
	accepted []any
}

type object = map[string]any

const (
	sshHint   = "nodes of Lotse have no SSH; leave it out (az aks create --no-ssh-key) and use kubectl debug node/NAME"
	scaleHint = "there is no autoscaler; scale with count"
	azureHint = "it is made of Azure resources that do not exist here; leave it out"
)

var clusterRoot = []known{
	{name: "sku", accepted: []any{object{"name": "Base", "tier": "Free"}, object{"name": "Basic", "tier": "Free"}}},
	{name: "extendedLocation", hint: azureHint},
	{name: "kind", accepted: []any{"Base"}},
}

var identityKnown = []known{
	{name: "type", hint: "a cluster has a system-assigned identity", accepted: []any{"SystemAssigned"}},
	{name: "userAssignedIdentities", hint: "a cluster has a system-assigned identity"},
	{name: "delegatedResources", hint: azureHint},
}

var clusterKnown = []known{
	{name: "aadProfile"},
	{name: "apiServerAccessProfile"},
	{name: "autoScalerProfile", hint: scaleHint},
	{name: "azureMonitorProfile", hint: azureHint},
	{name: "bootstrapProfile", accepted: []any{object{"artifactSource": "Direct"}}},
	{name: "disableLocalAccounts"},
	{name: "diskEncryptionSetID", hint: azureHint},
	{name: "enablePodSecurityPolicy"},
	{name: "fqdnSubdomain"},
	{name: "httpProxyConfig"},
	{name: "ingressProfile"},
	{name: "linuxProfile", hint: sshHint},
	{name: "metricsProfile"},
	{name: "nodeProvisioningProfile", hint: "there is no autoscaler", accepted: []any{wire.NodeProvisioning}},
	{name: "nodeResourceGroupProfile", accepted: []any{object{"restrictionLevel": "Unrestricted"}}},
	{name: "podIdentityProfile"},
	{name: "privateLinkResources", hint: azureHint},
	{name: "publicNetworkAccess", accepted: []any{"Enabled"}},
	{name: "securityProfile"},
	{name: "serviceMeshProfile", accepted: []any{object{"mode": "Disabled"}}},
	{name: "servicePrincipalProfile", hint: "a cluster of Lotse needs no service principal",
		accepted: []any{object{"clientId": "msi"}}},
	{name: "storageProfile", hint: "the drivers are for Azure's disks, and a cluster of Lotse has no storage class yet; leave it out"},
	{name: "supportPlan", accepted: []any{"KubernetesOfficial"}},
	{name: "windowsProfile", hint: "there are no Windows nodes; leave it out"},
	{name: "workloadAutoScalerProfile"},
}

var networkKnown = []known{
	{name: "advancedNetworking"},
	{name: "dockerBridgeCidr", hint: "it has had no use since Docker left", accepted: []any{"172.17.0.1/16"}},
	{name: "ipFamilies", accepted: []any{[]any{"IPv4"}}},
	{name: "loadBalancerProfile", hint: azureHint},
	{name: "loadBalancerSku", accepted: []any{"standard"}},
	{name: "natGatewayProfile", hint: azureHint},
	{name: "networkDataplane", accepted: []any{"azure"}},
	{name: "networkMode"},
	{name: "networkPolicy", hint: "no network policy engine is built in", accepted: []any{"none"}},
	{name: "outboundType", accepted: []any{"loadBalancer"}},
}

var poolKnown = []known{
	{name: "availabilityZones", hint: "there is one zone"},
	{name: "capacityReservationGroupID", hint: azureHint},
	{name: "creationData"},
	{name: "enableAutoScaling", hint: scaleHint},
	{name: "enableEncryptionAtHost"},
	{name: "enableFIPS"},
	{name: "enableNodePublicIP"},
	{name: "enableUltraSSD"},
	{name: "gatewayProfile"},
	{name: "gpuInstanceProfile"},
	{name: "gpuProfile"},
	{name: "hostGroupID", hint: azureHint},
	{name: "kubeletConfig"},
	{name: "kubeletDiskType", accepted: []any{"OS"}},
	{name: "linuxOSConfig"},
	{name: "maxCount", hint: scaleHint},
	{name: "messageOfTheDay", hint: sshHint},
	{name: "minCount", hint: scaleHint},
	{name: "networkProfile"},
	{name: "nodePublicIPPrefixID", hint: azureHint},
	{name: "osDiskType", accepted: []any{"Managed"}},
	{name: "osType", accepted: []any{"Linux"}},
	{name: "podIPAllocationMode", accepted: []any{"DynamicIndividual"}},
	{name: "podSubnetID", hint: azureHint},
	{name: "proximityPlacementGroupID", hint: azureHint},
	{name: "scaleSetEvictionPolicy", accepted: []any{"Delete"}},
	{name: "scaleSetPriority", hint: "there are no spot machines", accepted: []any{"Regular"}},
	{name: "securityProfile"},
	{name: "spotMaxPrice", hint: "there are no spot machines", accepted: []any{-1, "-1.0"}},
	{name: "type", accepted: []any{"VirtualMachineScaleSets"}},
	{name: "virtualMachinesProfile"},
	{name: "vnetSubnetID", hint: azureHint},
	{name: "windowsProfile", hint: "there are no Windows nodes; leave it out"},
	{name: "workloadRuntime", accepted: []any{"OCIContainer"}},
}

func fixed(o *body.Object, table []known) {
	for _, k := range table {
		o.Fixed(k.name, k.hint, k.accepted...)
	}
}
