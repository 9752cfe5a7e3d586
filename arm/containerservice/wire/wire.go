// Package wire is the JSON of managed clusters and agent pools, and how it shows their state.
package wire

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Resource types.
const (
	Namespace   = "Microsoft.ContainerService"
	ClusterType = v1alpha1.ManagedClusterType
	PoolType    = ClusterType + "/agentPools"
)

// Identifiers are what the path says of a resource.
type Identifiers struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type powerState struct {
	Code string `json:"code"`
}

type clusterIdentity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	TenantID    string `json:"tenantId"`
}

type sku struct {
	Name string `json:"name"`
	Tier string `json:"tier"`
}

type systemData struct {
	CreatedAt string `json:"createdAt"`
}

// kubeletIdentity is shown because az aks update always reads it. Nodes have credentials of their own cluster only.
type kubeletIdentity struct {
	ClientID string `json:"clientId"`
	ObjectID string `json:"objectId"`
}

// Cluster is the body of a managed cluster. Names are those of api-version 2025-02-01; older versions have the same where they have them.
type Cluster struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags,omitempty"`
	ETag       string            `json:"eTag"`
	SKU        sku               `json:"sku"`
	Identity   clusterIdentity   `json:"identity"`
	SystemData systemData        `json:"systemData"`
	Properties clusterProperties `json:"properties"`
}

type clusterProperties struct {
	ProvisioningState        string                     `json:"provisioningState"`
	PowerState               powerState                 `json:"powerState"`
	KubernetesVersion        string                     `json:"kubernetesVersion"`
	CurrentKubernetesVersion string                     `json:"currentKubernetesVersion"`
	DNSPrefix                string                     `json:"dnsPrefix,omitempty"`
	FQDN                     string                     `json:"fqdn,omitempty"`
	AzurePortalFQDN          string                     `json:"azurePortalFQDN,omitempty"`
	AgentPoolProfiles        []poolProfile              `json:"agentPoolProfiles"`
	ServicePrincipalProfile  map[string]string          `json:"servicePrincipalProfile"`
	NodeResourceGroup        string                     `json:"nodeResourceGroup"`
	EnableRBAC               bool                       `json:"enableRBAC"`
	SupportPlan              string                     `json:"supportPlan"`
	NetworkProfile           networkProfile             `json:"networkProfile"`
	MaxAgentPools            int32                      `json:"maxAgentPools"`
	DisableLocalAccounts     bool                       `json:"disableLocalAccounts"`
	AddonProfiles            map[string]addon           `json:"addonProfiles,omitempty"`
	AutoUpgradeProfile       map[string]string          `json:"autoUpgradeProfile"`
	NodeProvisioningProfile  map[string]any             `json:"nodeProvisioningProfile"`
	IdentityProfile          map[string]kubeletIdentity `json:"identityProfile"`
	OIDCIssuerProfile        issuerProfile              `json:"oidcIssuerProfile"`
	StorageProfile           map[string]toggle          `json:"storageProfile"`
	ResourceUID              string                     `json:"resourceUID"`
	UpgradeSettings          *clusterUpgradeSettings    `json:"upgradeSettings,omitempty"`
	LotseProfile             *lotseProfile              `json:"lotseProfile,omitempty"`
}

// addon is one that is switched off: Lotse has no others. The configuration of one is null, as in AKS.
type addon struct {
	Enabled bool              `json:"enabled"`
	Config  map[string]string `json:"config"`
}

type toggle struct {
	Enabled bool `json:"enabled"`
}

// lotseProfile is what Lotse shows beyond AKS, such as the API server's port, and what a running operation waits for.
type lotseProfile struct {
	// Responsibility is what the customer owns beyond the usual.
	Responsibility string            `json:"responsibility,omitempty"`
	APIServerPort  int32             `json:"apiServerPort,omitempty"`
	Waiting        string            `json:"waiting,omitempty"`
	Components     []componentHealth `json:"components,omitempty"`
	Release        string            `json:"release,omitempty"`
	// LatestStart is how long it took.
	LatestStart *v1alpha1.Wake `json:"latestStart,omitempty"`
	// Certificates of the control plane, and when they end.
	Certificates *v1alpha1.CertificateExpiry `json:"certificates,omitempty"`
	// AutoUpgrade is what the channels lead to next.
	AutoUpgrade *autoUpgrade `json:"autoUpgrade,omitempty"`
	// AcknowledgedVersionGates are written by customers, as IDs. VersionGates shows who has acknowledged which, and when.
	AcknowledgedVersionGates []string                              `json:"acknowledgedVersionGates,omitempty"`
	VersionGates             []v1alpha1.VersionGateAcknowledgement `json:"versionGates,omitempty"`
	// UpgradeOverride is who has set upgradeSettings.overrideSettings, and when.
	UpgradeOverride *v1alpha1.Consent `json:"upgradeOverride,omitempty"`
}

// autoUpgrade is the next upgrade of each sort, with its time, and why it will happen or will not.
type autoUpgrade struct {
	Kubernetes *v1alpha1.PlannedUpgrade `json:"kubernetes,omitempty"`
	NodeImage  *v1alpha1.PlannedUpgrade `json:"nodeImage,omitempty"`
}

// clusterUpgradeSettings are there if a customer has set them.
type clusterUpgradeSettings struct {
	OverrideSettings overrideSettings `json:"overrideSettings"`
}

type overrideSettings struct {
	ForceUpgrade bool         `json:"forceUpgrade"`
	Until        *metav1.Time `json:"until,omitempty"`
}

type componentHealth struct {
	Name     string `json:"name"`
	Healthy  bool   `json:"healthy"`
	Message  string `json:"message,omitempty"`
	Restarts int32  `json:"restarts"`
}

type networkProfile struct {
	NetworkPlugin     string   `json:"networkPlugin"`
	NetworkPluginMode string   `json:"networkPluginMode,omitempty"`
	NetworkDataplane  string   `json:"networkDataplane"`
	PodCIDR           string   `json:"podCidr"`
	ServiceCIDR       string   `json:"serviceCidr"`
	DNSServiceIP      string   `json:"dnsServiceIP"`
	PodCIDRs          []string `json:"podCidrs"`
	ServiceCIDRs      []string `json:"serviceCidrs"`
	IPFamilies        []string `json:"ipFamilies"`
	OutboundType      string   `json:"outboundType"`
	LoadBalancerSKU   string   `json:"loadBalancerSku"`
}

// poolProfile is a pool inside its cluster's body.
type poolProfile struct {
	Name string `json:"name"`
	poolProperties
}

// Pool is the body of a pool as a resource of its own.
type Pool struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Properties poolProperties `json:"properties"`
}

type poolProperties struct {
	Count                      int32             `json:"count"`
	VMSize                     string            `json:"vmSize"`
	OSDiskSizeGB               int32             `json:"osDiskSizeGB"`
	OSDiskType                 string            `json:"osDiskType"`
	KubeletDiskType            string            `json:"kubeletDiskType"`
	MaxPods                    int32             `json:"maxPods"`
	Type                       string            `json:"type"`
	EnableAutoScaling          bool              `json:"enableAutoScaling"`
	ScaleDownMode              string            `json:"scaleDownMode"`
	ProvisioningState          string            `json:"provisioningState"`
	PowerState                 powerState        `json:"powerState"`
	OrchestratorVersion        string            `json:"orchestratorVersion"`
	CurrentOrchestratorVersion string            `json:"currentOrchestratorVersion"`
	EnableNodePublicIP         bool              `json:"enableNodePublicIP"`
	NodeLabels                 map[string]string `json:"nodeLabels,omitempty"`
	NodeTaints                 []string          `json:"nodeTaints,omitempty"`
	Mode                       string            `json:"mode"`
	OSType                     string            `json:"osType"`
	OSSKU                      string            `json:"osSKU"`
	NodeImageVersion           string            `json:"nodeImageVersion,omitempty"`
	UpgradeSettings            upgradeSettings   `json:"upgradeSettings"`
	EnableFIPS                 bool              `json:"enableFIPS"`
	EnableUltraSSD             bool              `json:"enableUltraSSD"`
	EnableEncryptionAtHost     bool              `json:"enableEncryptionAtHost"`
	Tags                       map[string]string `json:"tags,omitempty"`
	ETag                       string            `json:"eTag,omitempty"`
	LotseProfile               *poolExtension    `json:"lotseProfile,omitempty"`
}

// poolExtension is what a pool has beyond AKS's.
type poolExtension struct {
	// NodeImageVersion that the pool is pinned to. Customers write it; the rest is shown.
	NodeImageVersion string `json:"nodeImageVersion,omitempty"`
	// NodeImageDate is the day whose packages the node image has.
	NodeImageDate string `json:"nodeImageDate,omitempty"`
	Release       string `json:"release,omitempty"`
	// Waiting is what the pool's operation waits for.
	Waiting string `json:"waiting,omitempty"`
}

// upgradeSettings have ARM's names in the vocabulary already.
type upgradeSettings = v1alpha1.UpgradeSettings
