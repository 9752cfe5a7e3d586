package v1alpha1

// Keys of ReleaseSpec.Images whose images machines pull by themselves, or that run on every cluster's machines.
const (
	ImagePause         = "pause"
	ImageKonnectivity  = "konnectivity"
	ImageCoreDNS       = "coredns"
	ImageMetricsServer = "metrics-server"
)

// NetworkPluginNone as NetworkSpec.Plugin leaves the pod network to the customer (A5).
const NetworkPluginNone = "none"
