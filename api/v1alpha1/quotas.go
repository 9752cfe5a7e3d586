package v1alpha1

// Quotas of a subscription, and the most that each of them can be: what AKS allows.
const (
	MaxClusters        = 5000
	MaxPoolsPerCluster = 100
	MaxNodesPerCluster = 5000
	MaxNodesPerPool    = 1000
)

// Quotas of a subscription's images, unless the operator sets others. AKS has none: they protect the volume that all images share.
const (
	DefaultRegistryGiB  = 10
	DefaultRepositories = 200
)

// Quotas bound what a subscription can have. The operator of the service sets them; one that is left out is the maximum, or the
// default for images. A quota below what exists removes nothing and refuses more.
type Quotas struct {
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=5000
	// +optional
	Clusters *int32 `json:"clusters,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	PoolsPerCluster *int32 `json:"poolsPerCluster,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=5000
	// +optional
	NodesPerCluster *int32 `json:"nodesPerCluster,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	NodesPerPool *int32 `json:"nodesPerPool,omitempty"`
	// RegistryGiB that the subscription's images may take in the registry, in GiB.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65536
	// +optional
	RegistryGiB *int32 `json:"registryGiB,omitempty"`
	// Repositories that they may be in.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	// +optional
	Repositories *int32 `json:"repositories,omitempty"`
}

// Limits are quotas of which none is left out.
// +kubebuilder:object:generate=false
type Limits struct {
	Clusters, PoolsPerCluster, NodesPerCluster, NodesPerPool int32
	RegistryGiB, Repositories                                int32
}

// Limits that hold for the subscription.
func (s *Subscription) Limits() Limits {
	or := func(set *int32, otherwise int32) int32 {
		if set != nil {
			return *set
		}
		return otherwise
	}
	q := s.Spec.Quotas
	return Limits{
		Clusters: or(q.Clusters, MaxClusters), PoolsPerCluster: or(q.PoolsPerCluster, MaxPoolsPerCluster),
		NodesPerCluster: or(q.NodesPerCluster, MaxNodesPerCluster), NodesPerPool: or(q.NodesPerPool, MaxNodesPerPool),
		RegistryGiB: or(q.RegistryGiB, DefaultRegistryGiB), Repositories: or(q.Repositories, DefaultRepositories),
	}
}
