// Package boot is the configuration of a node agent: one JSON file, written by the service for a machine and by "lotse up" for the management
// cluster's host, read by lotse-node. The two sides share nothing else.
package boot

// MachineFile is the path of Machine in a machine.
const MachineFile = "/etc/lotse/machine/machine.json"

// PullTokenFile is the path of the machine's token for Lotse's registry, beside MachineFile. It is renewed while the machine runs.
const PullTokenFile = "/etc/lotse/machine/pull-token"

// CertificateFile is the path of the kubelet's first client certificate and its key, beside MachineFile. It is there until the node is Ready.
const CertificateFile = "/etc/lotse/machine/client.pem"

// HealthPort of a machine's agent, in the machine's own network namespace.
const HealthPort = 10247

// Machine is everything that lotse-node needs to make a machine a node.
type Machine struct {
	// NodeName is the node's name and the machine's hostname.
	NodeName string `json:"nodeName"`
	// APIServer is the base URL of the cluster's API server as machines reach it, such as https://100.97.3.4:6443.
	APIServer string `json:"apiServer"`
	// ClusterCA in PEM.
	ClusterCA string `json:"clusterCA"`
	// BootstrapToken "id.secret" with which this machine requests a certificate when it has none.
	BootstrapToken string `json:"bootstrapToken"`
	ClusterDNS     string `json:"clusterDNS"`
	// PodCIDR and ServiceCIDR of the cluster.
	PodCIDR     string `json:"podCIDR"`
	ServiceCIDR string `json:"serviceCIDR"`
	// ManagedNetwork says that the node agent provides the pod network; without it the customer does (networkPlugin none).
	ManagedNetwork bool `json:"managedNetwork,omitempty"`
	// Labels of the node. They contain only those that a kubelet may set on its own node.
	Labels map[string]string `json:"labels,omitempty"`
	// Taints as key=value:Effect.
	Taints  []string `json:"taints,omitempty"`
	MaxPods int32    `json:"maxPods"`
	Size    Size     `json:"size"`
	// ProviderID of the node, "lotse://…" as Azure's provider would write azure://….
	ProviderID string   `json:"providerID"`
	Registry   Registry `json:"registry"`
	// PauseImage is the sandbox image. Prefetch are images to pull before the first Pods start.
	PauseImage string   `json:"pauseImage"`
	Prefetch   []string `json:"prefetch,omitempty"`
}

// Size that the machine shows as its own, instead of the host's.
type Size struct {
	CPUs        int32 `json:"cpus"`
	MemoryBytes int64 `json:"memoryBytes"`
}

// Registry is Lotse's registry as nodes reach it.
type Registry struct {
	// Name is the host part of image references: registry.lotse.internal.
	Name string `json:"name"`
	// Endpoint is where that name is served, such as https://100.97.0.20:5000.
	Endpoint string `json:"endpoint"`
	// CA in PEM.
	CA string `json:"ca"`
}

// Host is the processes that lotse-node runs on a management cluster's host: programs and their arguments, in the order of their start.
type Host struct {
	// StatusSocket is the unix socket on which the agent answers "lotse-node status".
	StatusSocket string `json:"statusSocket"`
	LogDir       string `json:"logDir"`
	Links        []Link `json:"links,omitempty"`
	// Minimums are settings of the kernel, by their path below /proc/sys, that the agent raises where they are lower.
	Minimums  map[string]uint64 `json:"minimums,omitempty"`
	Processes []Process         `json:"processes"`
}

// Link is a network link that the agent creates before it starts anything: a bridge without ports that has a stable address.
type Link struct {
	Name    string `json:"name"`
	Address string `json:"address"` // CIDR notation
}

// Process is one supervised program.
type Process struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	Env  []string `json:"env,omitempty"`
	// Probe reports whether it is healthy; a program that fails its probe is restarted. Without a probe a program is healthy while it runs.
	Probe Probe `json:"probe,omitzero"`
	// EverySeconds is for a program that does something and ends: when it succeeded, it is run again so many seconds later.
	EverySeconds int `json:"everySeconds,omitempty"`
	// After names processes whose probe must have passed once before this one starts.
	After []string `json:"after,omitempty"`
}

// Probe is one of: an HTTP(S) URL on this machine that answers 200, or a gRPC unix socket that accepts a connection and answers.
type Probe struct {
	URL    string `json:"url,omitempty"`
	Socket string `json:"socket,omitempty"`
}
