package controlplane

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Ports of a control plane.
const (
	APIPort           = 6443
	TunnelPort        = 8132
	EtcdPort          = 2379
	etcdHealthPort    = 2381
	konnectivityProbe = 8134
	konnectivityStart = 8135
)

// AnnotationCredentials on a Pod template is the hash of the Secrets it mounts: new credentials roll the Pods.
const AnnotationCredentials = "lotse.dev/credentials"

// Ref is a reference to a control plane: all that namespaces and Services need.
type Ref struct {
	// Cluster is the ManagedCluster's object name.
	Cluster string
	// Subscription is its GUID.
	Subscription string
}

// Spec is everything a control plane is rendered from.
type Spec struct {
	Ref
	// Images by component, full references, from the cluster's Release.
	Images  map[string]string
	Network v1alpha1.NetworkSpec
	// Endpoint as in the cluster's status, complete.
	Endpoint v1alpha1.Endpoint
	// OIDCIssuerURL of the cluster's tokens; empty for the default issuer alone.
	OIDCIssuerURL string
	// EtcdAddress is the cluster IP of etcd's Service.
	EtcdAddress string
	// EtcdQuota in bytes; 0 means the usual.
	EtcdQuota int64
	// Overlap: a rotation has begun, so that two generations of authorities are accepted.
	Overlap bool
	// CredentialHashes of the components' Secrets, by Secret name.
	CredentialHashes map[string]string
}

// Namespace of the control plane.
func (r Ref) Namespace() string { return v1alpha1.ControlPlaneNamespace(r.Cluster) }

// Missing names the images a Release should have and has not.
func (s Spec) Missing() []string {
	var missing []string
	for _, image := range []string{v1alpha1.ImageKubernetes, v1alpha1.ImageEtcd, v1alpha1.ImageKonnectivity} {
		if s.Images[image] == "" {
			missing = append(missing, image)
		}
	}
	return missing
}

// FirstServiceAddress is the address that Kubernetes gives its own Service: the first of the service network.
func FirstServiceAddress(n v1alpha1.NetworkSpec) (netip.Addr, error) {
	prefix, err := netip.ParsePrefix(n.ServiceCIDR)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("serviceCIDR %q: write it like 10.0.0.0/16: %w", n.ServiceCIDR, err)
	}
	return prefix.Masked().Addr().Next(), nil
}

// Hash of a Secret's content.
func Hash(data map[string][]byte) string {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(data)) {
		fmt.Fprintf(h, "%s %d\n", key, len(data[key]))
		h.Write(data[key])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Secret is a Secret of the control plane with the given content.
func (r Ref) Secret(name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: r.meta(name, name), Type: corev1.SecretTypeOpaque, Data: data}
}

func (r Ref) meta(name, component string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: r.Namespace(), Name: name, Labels: r.labels(component)}
}

func (r Ref) labels(component string) map[string]string {
	return map[string]string{
		v1alpha1.LabelCluster:      r.Cluster,
		v1alpha1.LabelSubscription: r.Subscription,
		v1alpha1.LabelComponent:    component,
	}
}

// selector names the Pods of a component; its labels can never change.
func (r Ref) selector(component string) map[string]string {
	return map[string]string{v1alpha1.LabelCluster: r.Cluster, v1alpha1.LabelComponent: component}
}

func (s Spec) etcdURL() string { return fmt.Sprintf("https://%s:%d", s.EtcdAddress, EtcdPort) }
