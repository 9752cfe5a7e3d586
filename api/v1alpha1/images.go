package v1alpha1

// Keys of ReleaseSpec.Images, each a name in the catalogue of images.
const (
	ImageKubernetes    = "kubernetes"
	ImageEtcd          = "etcd"
	ImageNode          = "node"
	ImagePause         = "pause"
	ImageKonnectivity  = "konnectivity"
	ImageCoreDNS       = "coredns"
	ImageMetricsServer = "metrics-server"
	ImageRunCommand    = "runcommand"
)
