package host

import "lotse.dev/api/v1alpha1"

// Addresses of the management cluster, in the networks that api/v1alpha1 names (docs/design/foundation.md).
const (
	PodCIDR      = v1alpha1.ManagementPodCIDR
	ServiceCIDR  = v1alpha1.ManagementServiceCIDR
	ClusterDNS   = "100.97.0.10"
	apiServiceIP = "100.97.0.1"
	// gateway is the address of the host's ends of Pod links.
	gateway = "100.96.0.1"
	// RegistryIP is fixed so that the host's containerd can be configured before the Service exists.
	RegistryIP = "100.97.0.20"
	// Address of the host on Link, where its API server and kubelet listen.
	Address = "100.98.0.1"
	// Link carries Address.
	Link = "lotse-host"
	// rangeBits makes Link the route to the whole range: a packet to a Service or Pod that does not exist ends on a bridge without ports
	// and never leaves this host by its default route.
	rangeBits = "/14"
	reserved  = v1alpha1.ManagementRange
	// linkGroup is the group of the host's ends of Pod links, by which the packet filter recognizes packets from Pods.
	linkGroup = 1096
	// NodeName of the one node.
	NodeName = "lotse-host"
)

// The ports of the host's components are none of upstream's defaults, so that another Kubernetes can run on the same host.
const (
	portAPI          = 7443 // on Address
	portKubelet      = 7250 // on Address
	portEtcd         = 7379
	portEtcdPeer     = 7380
	portEtcdHealth   = 7381
	portProxyHealth  = 7256
	portControllers  = 7257
	portScheduler    = 7259
	portKubeHealth   = 7260
	portProxyMetrics = 7261
	portIsolation    = 7262
)

// Server is the management cluster's API server.
const Server = "https://100.98.0.1:7443"
