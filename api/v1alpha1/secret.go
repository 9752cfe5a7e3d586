package v1alpha1

// Secrets in a cluster's control-plane namespace that more than one package reads.
const (
	// SecretPKI holds the cluster's certificate authorities and signing keys.
	SecretPKI = "pki"
	// SecretEtcdService is the client certificate by which Lotse itself reaches the cluster's etcd.
	SecretEtcdService = "etcd-service"
	// SecretRendering records what the cluster's workloads were rendered to, some of which are Secrets.
	SecretRendering = "rendering"
	// SecretServiceKubeconfig is the service's own full access, by the API server's internal address.
	SecretServiceKubeconfig = "service-kubeconfig"
)

// KeyKubeconfig is the key of each kubeconfig's Secret.
const KeyKubeconfig = "kubeconfig"
