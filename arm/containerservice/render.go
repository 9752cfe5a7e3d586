package containerservice

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
)

// clusterBodyOf shows a cluster. The parts that az or an SDK needs and Lotse has only one value for are constant.
func clusterBodyOf(s state) clusterBody {
	c := s.cluster
	return clusterBody{
		ID: c.ID(), Name: c.Spec.Name, Type: clusterType, Location: c.Spec.Location, Tags: c.Spec.Tags, ETag: s.etag(),
		SKU:        sku{Name: "Base", Tier: "Free"},
		Identity:   clusterIdentity{Type: "SystemAssigned", PrincipalID: string(c.UID), TenantID: s.tenantID},
		SystemData: systemData{CreatedAt: c.CreationTimestamp.UTC().Format(time.RFC3339)},
		Properties: clusterPropertiesOf(s),
	}
}

func clusterPropertiesOf(s state) clusterProperties {
	spec, status := s.cluster.Spec, s.cluster.Status
	p := clusterProperties{
		ProvisioningState:        v1alpha1.ProvisioningState(s.cluster),
		PowerState:               powerState{"Running"},
		KubernetesVersion:        spec.KubernetesVersion,
		CurrentKubernetesVersion: status.CurrentKubernetesVersion,
		DNSPrefix:                spec.DNSPrefix,
		FQDN:                     status.Endpoint.Host,
		AzurePortalFQDN:          status.Endpoint.Host,
		AgentPoolProfiles:        []poolProfile{},
		ServicePrincipalProfile:  map[string]string{"clientId": "msi"},
		NodeResourceGroup:        spec.NodeResourceGroup,
		EnableRBAC:               true,
		SupportPlan:              "KubernetesOfficial",
		NetworkProfile:           networkProfileOf(spec.Network),
		MaxAgentPools:            v1alpha1.MaxPoolsPerCluster, // az treats clusters with fewer than 8 as legacy ones
		AutoUpgradeProfile:       map[string]string{"upgradeChannel": "none", "nodeOSUpgradeChannel": "None"},
		IdentityProfile:          map[string]kubeletIdentity{"kubeletidentity": {string(s.cluster.UID), string(s.cluster.UID)}},
		StorageProfile:           map[string]toggle{"diskCSIDriver": {}, "fileCSIDriver": {}, "snapshotController": {}},
		ResourceUID:              string(s.cluster.UID),
		LotseProfile:             lotseProfileOf(s.cluster),
	}
	if p.CurrentKubernetesVersion == "" {
		p.CurrentKubernetesVersion = spec.KubernetesVersion
	}
	for _, m := range s.members() {
		p.AgentPoolProfiles = append(p.AgentPoolProfiles, poolProfile{m.name, poolPropertiesOf(s, m)})
	}
	return p
}

// responsibility of the customer beyond the usual (A5).
func responsibility(c *v1alpha1.ManagedCluster) string {
	if c.Spec.Network.Plugin != "none" {
		return ""
	}
	return "networkPlugin is none: you are responsible for the pod network. Nodes stay NotReady until you have installed a CNI plugin."
}

func lotseProfileOf(c *v1alpha1.ManagedCluster) *lotseProfile {
	p := &lotseProfile{Responsibility: responsibility(c), APIServerPort: c.Status.Endpoint.Port, Waiting: v1alpha1.CurrentOperation(c).Waiting, Release: c.Spec.Release}
	for _, h := range c.Status.Components {
		p.Components = append(p.Components, componentHealth{h.Name, h.Healthy, h.Message, h.Restarts})
	}
	return p
}

func networkProfileOf(n v1alpha1.NetworkSpec) networkProfile {
	p := networkProfile{
		NetworkPlugin: n.Plugin, PodCIDR: n.PodCIDR, ServiceCIDR: n.ServiceCIDR, DNSServiceIP: n.DNSServiceIP,
		PodCIDRs: []string{n.PodCIDR}, ServiceCIDRs: []string{n.ServiceCIDR}, IPFamilies: []string{"IPv4"},
		OutboundType: "loadBalancer", LoadBalancerSKU: "standard",
	}
	if n.Plugin == "azure" {
		p.NetworkPluginMode = "overlay"
	}
	return p
}

func poolPropertiesOf(s state, m member) poolProperties {
	p := poolProperties{
		Count: m.spec.Count, VMSize: m.spec.VMSize, OSDiskSizeGB: m.spec.OSDiskSizeGB, OSDiskType: "Managed", KubeletDiskType: "OS",
		MaxPods: m.spec.MaxPods, Type: "VirtualMachineScaleSets", ScaleDownMode: "Delete", ProvisioningState: s.poolState(m),
		PowerState: powerState{"Running"}, OrchestratorVersion: m.spec.OrchestratorVersion,
		CurrentOrchestratorVersion: m.spec.OrchestratorVersion, NodeLabels: m.spec.NodeLabels, NodeTaints: m.spec.NodeTaints,
		Mode: string(m.spec.Mode), OSType: "Linux", OSSKU: osSKU, Tags: m.spec.Tags, ETag: s.poolETag(m),
	}
	if m.object == nil {
		return p
	}
	p.NodeImageVersion = m.object.Status.NodeImageVersion
	if current := m.object.Status.CurrentOrchestratorVersion; current != "" {
		p.CurrentOrchestratorVersion = current
	}
	return p
}

func poolBodyOf(s state, m member) poolBody {
	spec := s.cluster.Spec
	return poolBody{
		ID:   v1alpha1.AgentPoolID(spec.SubscriptionID, spec.ResourceGroup, spec.Name, m.name),
		Name: m.name, Type: poolType, Properties: poolPropertiesOf(s, m),
	}
}

// version of an object's spec. It was checked when it was written, so what cannot be read is from before Lotse and counts as the oldest.
func version(s string) release.Version {
	v, _ := release.ParseVersion(s)
	return v
}
