package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ReleaseSpec is a set of images that were built and tested together. It never changes: a new build is a new Release.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a release never changes; make a new one"
type ReleaseSpec struct {
	// KubernetesVersion without "v".
	KubernetesVersion string `json:"kubernetesVersion"`
	// NodeImageVersion is the public name of the node image, such as LotseDebian-12-202611.23.0.
	NodeImageVersion string `json:"nodeImageVersion"`
	// Images by component name (kubernetes, etcd, coredns, konnectivity, metrics-server, pause, node), as full references.
	Images map[string]string `json:"images"`
}

// Release is the set of images that a cluster runs. Its name is "v{version}-{hash of the images}".
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:printcolumn:name="Kubernetes",type=string,JSONPath=`.spec.kubernetesVersion`
// +kubebuilder:printcolumn:name="Node image",type=string,JSONPath=`.spec.nodeImageVersion`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Release struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec ReleaseSpec `json:"spec"`
}

// ReleaseList is a list of releases.
// +kubebuilder:object:root=true
type ReleaseList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Release `json:"items"`
}
