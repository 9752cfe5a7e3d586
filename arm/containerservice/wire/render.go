package wire

import (
	"cmp"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/release"
)

// Operating systems of pools. Nodes run Debian, whichever of the two was asked for; Ubuntu is AKS's default, which clients send unasked.
const (
	OSSKU       = "Debian"
	OSSKUUbuntu = "Ubuntu"
)

// NodeProvisioning is how nodes come to be in every cluster: by the counts of its pools.
var NodeProvisioning = map[string]any{"mode": "Manual", "defaultNodePools": "Auto"}

// ClusterOf shows a cluster. Properties that az or an SDK needs and that have only one value in Lotse are constant.
func ClusterOf(s state.Cluster) Cluster {
	c := s.Object
	return Cluster{
		ID: c.ID(), Name: c.Spec.Name, Type: ClusterType, Location: c.Spec.Location, Tags: c.Spec.Tags, ETag: s.ETag(),
		SKU:        sku{Name: "Base", Tier: "Free"},
		Identity:   clusterIdentity{Type: "SystemAssigned", PrincipalID: string(c.UID), TenantID: s.TenantID},
		SystemData: systemData{CreatedAt: c.CreationTimestamp.UTC().Format(time.RFC3339)},
		Properties: clusterPropertiesOf(s),
	}
}

func clusterPropertiesOf(s state.Cluster) clusterProperties {
	spec, status := s.Object.Spec, s.Object.Status
	p := clusterProperties{
		ProvisioningState:        v1alpha1.ProvisioningState(s.Object),
		PowerState:               powerState{string(s.Object.Power())},
		KubernetesVersion:        cmp.Or(spec.VersionAlias, spec.KubernetesVersion),
		CurrentKubernetesVersion: cmp.Or(status.CurrentKubernetesVersion, spec.KubernetesVersion),
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
		AutoUpgradeProfile:       autoUpgradeProfileOf(spec),
		NodeProvisioningProfile:  NodeProvisioning,
		AddonProfiles:            addonsOf(spec),
		IdentityProfile:          map[string]kubeletIdentity{"kubeletidentity": {string(s.Object.UID), string(s.Object.UID)}},
		OIDCIssuerProfile:        issuerProfileOf(spec),
		StorageProfile:           map[string]toggle{"diskCSIDriver": {}, "fileCSIDriver": {}, "snapshotController": {}},
		ResourceUID:              string(s.Object.UID),
		UpgradeSettings:          upgradeSettingsOf(spec.UpgradeOverride),
		LotseProfile:             lotseProfileOf(s.Object),
	}
	for _, pool := range s.Pools() {
		p.AgentPoolProfiles = append(p.AgentPoolProfiles, poolProfile{pool.Name, poolPropertiesOf(s, pool)})
	}
	return p
}

func autoUpgradeProfileOf(spec v1alpha1.ManagedClusterSpec) map[string]string {
	return map[string]string{
		"upgradeChannel":       cmp.Or(spec.UpgradeChannel, v1alpha1.UpgradeChannelNone),
		"nodeOSUpgradeChannel": cmp.Or(spec.NodeOSUpgradeChannel, v1alpha1.NodeOSChannelNone),
	}
}

func addonsOf(spec v1alpha1.ManagedClusterSpec) map[string]addon {
	all := map[string]addon{}
	for _, name := range spec.DisabledAddons {
		all[name] = addon{}
	}
	return all
}

// responsibility of the customer beyond the usual (A5, D2).
func responsibility(c *v1alpha1.ManagedCluster) string {
	var all []string
	if c.Spec.Network.Plugin == "none" {
		all = append(all, "networkPlugin is none: you are responsible for the pod network. Nodes stay NotReady until you have installed a CNI plugin.")
	}
	if c.Spec.NodeOSUpgradeChannel == v1alpha1.NodeOSChannelUnmanaged {
		all = append(all, "nodeOSUpgradeChannel is Unmanaged: nodes do not update themselves, and the service upgrades no node image. You are responsible for it: "+
			"use upgradeNodeImageVersion, another orchestratorVersion, a pin (lotseProfile.nodeImageVersion), or another channel.")
	}
	return strings.Join(all, " ")
}

func lotseProfileOf(c *v1alpha1.ManagedCluster) *lotseProfile {
	p := &lotseProfile{
		Responsibility: responsibility(c), APIServerPort: c.Status.Endpoint.Port, Waiting: v1alpha1.CurrentOperation(c).Waiting, Release: c.Spec.Release,
		LatestStart: c.Status.Wake, Certificates: c.Status.Certificates, AutoUpgrade: autoUpgradeOf(c),
	}
	p.VersionGates = c.Spec.VersionGates
	for _, g := range p.VersionGates {
		p.AcknowledgedVersionGates = append(p.AcknowledgedVersionGates, g.Gate)
	}
	if o := c.Spec.UpgradeOverride; o != nil {
		p.UpgradeOverride = &o.Consent
	}
	for _, h := range c.Status.Components {
		p.Components = append(p.Components, componentHealth{h.Name, h.Healthy, h.Message, h.Restarts})
	}
	return p
}

// autoUpgradeOf a cluster, unless it was decided for another spec: then the channels may be others.
func autoUpgradeOf(c *v1alpha1.ManagedCluster) *autoUpgrade {
	next := c.Status.AutoUpgrade
	if next == nil || next.ObservedGeneration != c.Generation {
		return nil
	}
	return &autoUpgrade{next.Kubernetes, next.NodeImage}
}

func upgradeSettingsOf(o *v1alpha1.UpgradeOverride) *clusterUpgradeSettings {
	if o == nil {
		return nil
	}
	return &clusterUpgradeSettings{overrideSettings{o.ForceUpgrade, o.Until}}
}

func networkProfileOf(n v1alpha1.NetworkSpec) networkProfile {
	return networkProfile{
		NetworkPlugin: n.Plugin, NetworkPluginMode: PluginMode(n), NetworkDataplane: "azure",
		PodCIDR: n.PodCIDR, ServiceCIDR: n.ServiceCIDR, DNSServiceIP: n.DNSServiceIP,
		PodCIDRs: []string{n.PodCIDR}, ServiceCIDRs: []string{n.ServiceCIDR}, IPFamilies: []string{"IPv4"},
		OutboundType: "loadBalancer", LoadBalancerSKU: "standard",
	}
}

// Modes of a network plugin: the one that can be asked for, and what is stored without one.
const (
	Overlay      = "overlay"
	NoPluginMode = "none"
)

// PluginMode of a network as it is shown; empty if none was asked for.
func PluginMode(n v1alpha1.NetworkSpec) string {
	switch {
	case n.PluginMode == NoPluginMode:
		return ""
	case n.PluginMode == "" && n.Plugin == "azure": // from before it was kept
		return Overlay
	}
	return n.PluginMode
}

func poolPropertiesOf(s state.Cluster, pool state.Pool) poolProperties {
	spec := pool.Spec
	p := poolProperties{
		Count: spec.Count, VMSize: spec.VMSize, OSDiskSizeGB: spec.DiskSizeGB(), OSDiskType: "Managed", KubeletDiskType: "OS",
		MaxPods: spec.MaxPods, Type: "VirtualMachineScaleSets", ScaleDownMode: string(cmp.Or(spec.ScaleDownMode, v1alpha1.DeleteMachines)),
		ProvisioningState: poolProvisioningState(s.Object, pool), PowerState: powerState{string(poolPower(s.Object, pool))},
		OrchestratorVersion:        cmp.Or(spec.VersionAlias, spec.OrchestratorVersion),
		CurrentOrchestratorVersion: spec.OrchestratorVersion, NodeLabels: spec.NodeLabels, NodeTaints: spec.NodeTaints,
		Mode: string(spec.Mode), OSType: "Linux", OSSKU: cmp.Or(spec.OSSKU, OSSKU), Tags: spec.Tags, ETag: s.PoolETag(pool),
	}
	if spec.UpgradeSettings != nil {
		p.UpgradeSettings = *spec.UpgradeSettings
	}
	p.LotseProfile = extensionOf(pool)
	if pool.Object == nil {
		return p
	}
	p.NodeImageVersion = pool.Object.Status.NodeImageVersion
	if current := pool.Object.Status.CurrentOrchestratorVersion; current != "" {
		p.CurrentOrchestratorVersion = current
	}
	return p
}

func extensionOf(pool state.Pool) *poolExtension {
	e := &poolExtension{NodeImageVersion: pool.Spec.NodeImageVersion, Release: pool.Spec.Release}
	if pool.Object == nil {
		return e
	}
	e.Waiting = v1alpha1.CurrentOperation(pool.Object).Waiting
	if day, ok := release.ImageDate(pool.Object.Status.NodeImageVersion); ok {
		e.NodeImageDate = day.Format(time.DateOnly)
	}
	return e
}

// poolProvisioningState of a pool that is only a profile is Creating, as its cluster is about to make it. The start of a cluster that was
// created stopped makes its pools; until then there is nothing to be done for them.
func poolProvisioningState(c *v1alpha1.ManagedCluster, p state.Pool) string {
	switch {
	case p.Object != nil:
		return v1alpha1.ProvisioningState(p.Object)
	case c.AtRest() && v1alpha1.CurrentOperation(c).State == v1alpha1.Succeeded:
		return string(v1alpha1.Succeeded)
	}
	return v1alpha1.Creating
}

// poolPower of a pool. One that is only a profile has the power state of its cluster.
func poolPower(c *v1alpha1.ManagedCluster, p state.Pool) v1alpha1.PowerState {
	if p.Object == nil && c.Power() == v1alpha1.Stopped {
		return v1alpha1.Stopped
	}
	return p.Spec.Power()
}

// PoolID is the ARM ID of a pool of the cluster.
func PoolID(s state.Cluster, name string) string {
	spec := s.Object.Spec
	return v1alpha1.AgentPoolID(spec.SubscriptionID, spec.ResourceGroup, spec.Name, name)
}

// PoolOf shows a pool of the cluster.
func PoolOf(s state.Cluster, p state.Pool) Pool {
	return Pool{ID: PoolID(s, p.Name), Name: p.Name, Type: PoolType, Properties: poolPropertiesOf(s, p)}
}
