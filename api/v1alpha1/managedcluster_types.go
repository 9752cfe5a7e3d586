package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NetworkSpec is a cluster's network. It cannot change after creation.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the network profile cannot change after creation"
type NetworkSpec struct {
	// Plugin azure and kubenet both mean the managed pod network (flannel); none installs no CNI, which the customer then owns (A5).
	// +kubebuilder:validation:Enum=azure;kubenet;none
	Plugin string `json:"plugin"`
	// PluginMode as it was asked for: overlay, or none if it was not asked for. Older objects have neither, and are shown as overlay if Plugin is
	// azure. The pod network is the same in all of them.
	// +kubebuilder:validation:Enum=overlay;none
	// +optional
	PluginMode string `json:"pluginMode,omitempty"`
	// +kubebuilder:validation:XValidation:rule="isCIDR(self)",message="podCIDR must be a CIDR such as 10.244.0.0/16"
	PodCIDR string `json:"podCIDR"`
	// +kubebuilder:validation:XValidation:rule="isCIDR(self)",message="serviceCIDR must be a CIDR such as 10.0.0.0/16"
	ServiceCIDR string `json:"serviceCIDR"`
	// +kubebuilder:validation:XValidation:rule="isIP(self)",message="dnsServiceIP must be an IP address"
	DNSServiceIP string `json:"dnsServiceIP"`
}

// NetworkPluginNone as NetworkSpec.Plugin leaves the pod network to the customer (A5).
const NetworkPluginNone = "none"

// PoolProfile is a pool as the last write of its cluster described it.
type PoolProfile struct {
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9]{0,11}$`
	Name          string `json:"name"`
	AgentPoolSpec `json:",inline"`
}

// ManagedClusterSpec is a managed cluster as its customer asked for it.
// +kubebuilder:validation:XValidation:rule="self.nodeResourceGroup == oldSelf.nodeResourceGroup",message="nodeResourceGroup cannot change"
// +kubebuilder:validation:XValidation:rule="self.name == oldSelf.name && self.resourceGroup == oldSelf.resourceGroup && self.location == oldSelf.location",message="name, group and location cannot change"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.oidcIssuerURL) || has(self.oidcIssuerURL) && self.oidcIssuerURL == oldSelf.oidcIssuerURL",message="oidcIssuerURL cannot change once it is set"
type ManagedClusterSpec struct {
	SubscriptionID string `json:"subscriptionID"`
	// ResourceGroup and Name as their creator wrote them.
	ResourceGroup string `json:"resourceGroup"`
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`
	Name     string `json:"name"`
	Location string `json:"location"`
	// +optional
	Tags map[string]string `json:"tags,omitempty"`
	// +optional
	DNSPrefix         string `json:"dnsPrefix,omitempty"`
	NodeResourceGroup string `json:"nodeResourceGroup"`
	// KubernetesVersion without "v", as ARM writes it, such as 1.37.2.
	KubernetesVersion string `json:"kubernetesVersion"`
	// VersionAlias is the minor version that was asked for, such as 1.37; empty if the request named a patch or nothing. It never upgrades.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	VersionAlias string `json:"versionAlias,omitempty"`
	// UpgradeChannel by which the service upgrades Kubernetes; empty means none.
	// +kubebuilder:validation:Enum=patch;stable;rapid;node-image
	// +optional
	UpgradeChannel string `json:"upgradeChannel,omitempty"`
	// NodeOSUpgradeChannel by which the service upgrades node images; empty means None.
	// +kubebuilder:validation:Enum=Unmanaged;SecurityPatch;NodeImage
	// +optional
	NodeOSUpgradeChannel string `json:"nodeOSUpgradeChannel,omitempty"`
	// DisabledAddons are AKS's add-ons that requests have switched off by name; Lotse has none that could be on.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=64
	DisabledAddons []string `json:"disabledAddons,omitempty"`
	// Release names the Release object whose images the cluster runs. An upgrade of Lotse alone never changes it (A6): requests and channels do.
	Release string      `json:"release"`
	Network NetworkSpec `json:"network"`
	// OIDCIssuerURL is the issuer of service account tokens, where the front door serves the keys that verify them; empty if the cluster's tokens
	// are for itself alone. It is part of tokens and of what others configured, so it stays.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https://`
	OIDCIssuerURL string `json:"oidcIssuerURL,omitempty"`
	// PoolProfiles are the pools that the last write of the cluster named. They are applied to AgentPool objects once per generation;
	// pools the write did not name stay as they are.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=100
	PoolProfiles []PoolProfile `json:"poolProfiles,omitempty"`
	// PowerState that is wanted; empty means Running.
	// +optional
	PowerState PowerState `json:"powerState,omitempty"`
	// UpgradeOverride is the customer's word that upgrades begin in spite of what their check finds.
	// +optional
	UpgradeOverride *UpgradeOverride `json:"upgradeOverride,omitempty"`
	// VersionGates that the customer has acknowledged.
	// +optional
	// +listType=map
	// +listMapKey=gate
	// +kubebuilder:validation:MaxItems=64
	VersionGates []VersionGateAcknowledgement `json:"versionGates,omitempty"`
	// Attempt grows when a write repeats one that failed, so that the repetition is a new generation and so a new operation.
	// +optional
	Attempt int64 `json:"attempt,omitempty"`
	// CertificateRotations is how often the cluster's authorities were asked to be replaced.
	// +optional
	// +kubebuilder:validation:Minimum=0
	CertificateRotations int64 `json:"certificateRotations,omitempty"`
	// KeyRotation is the number of a rotation, by CertificateRotations, that replaces the key of service account tokens alone.
	// +optional
	// +kubebuilder:validation:Minimum=0
	KeyRotation int64 `json:"keyRotation,omitempty"`
}

// UpgradeOverride lets upgrades begin that their check would refuse. It is in effect until a time, and without one never.
type UpgradeOverride struct {
	// +optional
	ForceUpgrade bool `json:"forceUpgrade,omitempty"`
	// +optional
	Until   *metav1.Time `json:"until,omitempty"`
	Consent `json:",inline"`
}

// InEffect reports whether upgrades that begin now are forced.
func (o *UpgradeOverride) InEffect(now time.Time) bool {
	return o != nil && o.ForceUpgrade && o.Until != nil && now.Before(o.Until.Time)
}

// VersionGateAcknowledgement says that the customer knows what a version of Kubernetes breaks.
type VersionGateAcknowledgement struct {
	// Gate by its ID (package release).
	// +kubebuilder:validation:MaxLength=64
	Gate    string `json:"gate"`
	Consent `json:",inline"`
}

// Consent is who has said something, and when.
type Consent struct {
	// By is the name of a user, or an application's GUID, as they were then.
	// +kubebuilder:validation:MaxLength=256
	By string      `json:"by"`
	At metav1.Time `json:"at"`
}

// ComponentHealth is the state of one control-plane component (A2).
type ComponentHealth struct {
	Name    string `json:"name"`
	Healthy bool   `json:"healthy"`
	// Reason is Unschedulable while no host has capacity for the component's Pod.
	// +optional
	Reason string `json:"reason,omitempty"`
	// Message says what is wrong, or will be.
	// +optional
	Message string `json:"message,omitempty"`
	// Restarts of the component's present Pod.
	// +optional
	Restarts int32 `json:"restarts,omitempty"`
	// Since is when Healthy last changed.
	Since metav1.Time `json:"since"`
}

// Availability of a control plane, measured by the readiness probe of its API server.
type Availability struct {
	// Since is when the API server answered for the first time.
	Since metav1.Time `json:"since"`
	// UnavailableSeconds since then, without an outage that still lasts.
	// +optional
	UnavailableSeconds int64 `json:"unavailableSeconds,omitempty"`
}

// Endpoint is where a hosted API server is reached. It never changes while the cluster exists.
type Endpoint struct {
	// Host and Port for clients outside the management cluster.
	// +optional
	Host string `json:"host,omitempty"`
	// +optional
	Port int32 `json:"port,omitempty"`
	// InternalHost and InternalPort for machines and for Lotse: the Service's own address.
	// +optional
	InternalHost string `json:"internalHost,omitempty"`
	// +optional
	InternalPort int32 `json:"internalPort,omitempty"`
	// TunnelPort is the Konnectivity server's port on InternalHost.
	// +optional
	TunnelPort int32 `json:"tunnelPort,omitempty"`
}

// ManagedClusterStatus is the observed state.
type ManagedClusterStatus struct {
	Progress `json:",inline"`
	// +optional
	Endpoint Endpoint `json:"endpoint,omitempty"`
	// +optional
	// +listType=map
	// +listMapKey=name
	Components []ComponentHealth `json:"components,omitempty"`
	// Availability of the control plane since it answered for the first time (A8).
	// +optional
	Availability *Availability `json:"availability,omitempty"`
	// Store is how full etcd was when it was last checked.
	// +optional
	Store *StoreState `json:"store,omitempty"`
	// PoolsAppliedGeneration is the generation whose PoolProfiles were applied to AgentPool objects.
	// +optional
	PoolsAppliedGeneration int64 `json:"poolsAppliedGeneration,omitempty"`
	// CurrentKubernetesVersion is what the control plane runs, without "v".
	// +optional
	CurrentKubernetesVersion string `json:"currentKubernetesVersion,omitempty"`
	// PowerState that the cluster has; empty means Running.
	// +optional
	PowerState PowerState `json:"powerState,omitempty"`
	// StoppedAt is since when the cluster is Stopped; nil while it is Running.
	// +optional
	StoppedAt *metav1.Time `json:"stoppedAt,omitempty"`
	// Wake is how long the latest start took.
	// +optional
	Wake *Wake `json:"wake,omitempty"`
	// Rotation of the cluster's authorities: the newest; nil if there was none.
	// +optional
	Rotation *CertificateRotation `json:"rotation,omitempty"`
	// Certificates of the control plane, and when they end; nil before there are any.
	// +optional
	Certificates *CertificateExpiry `json:"certificates,omitempty"`
	// AutoUpgrade is what the channels lead to next; nil without a channel. Package autoupgrade alone writes it.
	// +optional
	AutoUpgrade *AutoUpgrade `json:"autoUpgrade,omitempty"`
}

// Stages of a rotation. Between rotations there is none.
const (
	// RotationRenewing: new authorities sign, those of before are accepted too.
	RotationRenewing = "Renewing"
	// RotationRevoking: those of before are taken out everywhere.
	RotationRevoking = "Revoking"
)

// CertificateRotation is how far the rotation of a cluster's authorities is.
type CertificateRotation struct {
	// Number of the rotation, by spec.certificateRotations.
	Number int64 `json:"number"`
	// Stage is Renewing, Revoking, or empty when the rotation is done.
	// +optional
	Stage string `json:"stage,omitempty"`
	// Since is when the stage began.
	Since metav1.Time `json:"since"`
	// Trust is the hash of the authorities that machines and add-ons have to trust.
	// +optional
	Trust string `json:"trust,omitempty"`
	// RenewedAt is when every node had new certificates.
	// +optional
	RenewedAt *metav1.Time `json:"renewedAt,omitempty"`
	// Revoked is the number of the newest rotation after which the control plane accepts nothing of before.
	// +optional
	Revoked int64 `json:"revoked,omitempty"`
}

// ManagedCluster is one customer's Kubernetes.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.name`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.spec.kubernetesVersion`
// +kubebuilder:printcolumn:name="Operation",type=string,JSONPath=`.status.operations[0].state`
// +kubebuilder:printcolumn:name="Waiting",type=string,JSONPath=`.status.operations[0].waiting`
type ManagedCluster struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ManagedClusterSpec   `json:"spec"`
	Status ManagedClusterStatus `json:"status,omitempty"`
}

// GetProgress implements Tracked.
func (c *ManagedCluster) GetProgress() *Progress { return &c.Status.Progress }

// ID is the cluster's ARM ID.
func (c *ManagedCluster) ID() string {
	return ManagedClusterID(c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name)
}

// ManagedClusterList is a list of clusters.
// +kubebuilder:object:root=true
type ManagedClusterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ManagedCluster `json:"items"`
}
