package addons

import (
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

const namespace = "kube-system"

// Spec is everything the add-ons are rendered from.
type Spec struct {
	// Images by component, full references, from the cluster's Release.
	Images   map[string]string
	Network  v1alpha1.NetworkSpec
	Endpoint v1alpha1.Endpoint
	// MetricsServer is the serving certificate of metrics-server with its authority.
	MetricsServer ServingCertificate
	// Authorities is the hash of those that Pods trust when they start, and Rotations how often the ones of before were removed; neither is set in
	// a cluster whose authorities were never replaced. Add-ons that read them at their start are started again when these change.
	Authorities string
	Rotations   int64
}

// annotationAuthorities on a Pod template starts its Pods again when the cluster's authorities have been replaced.
const annotationAuthorities = "lotse.dev/authorities"

// afterRotation starts the Pods of a workload again after each rotation.
func (s Spec) afterRotation(t *corev1.PodTemplateSpec) {
	if s.Rotations > 0 {
		metav1.SetMetaDataAnnotation(&t.ObjectMeta, annotationAuthorities, strconv.FormatInt(s.Rotations, 10))
	}
}

// withAuthorities starts the Pods of a workload again whenever other authorities are trusted.
func (s Spec) withAuthorities(t *corev1.PodTemplateSpec) {
	if s.Authorities != "" {
		metav1.SetMetaDataAnnotation(&t.ObjectMeta, annotationAuthorities, s.Authorities)
	}
}

// ServingCertificate in PEM.
type ServingCertificate struct {
	Certificate, Key, Authority []byte
}

// Missing names the images a Release should have and has not.
func (s Spec) Missing() []string {
	var missing []string
	for _, image := range []string{v1alpha1.ImageCoreDNS, v1alpha1.ImageKonnectivity, v1alpha1.ImageMetricsServer} {
		if s.Images[image] == "" {
			missing = append(missing, image)
		}
	}
	return missing
}

// Objects are all add-ons, in the order in which they are to be applied: rights before what uses them.
func Objects(s Spec) []client.Object { return append(Access(s), Workloads(s)...) }

// Access is who may do what in the cluster, and where its API server is. It restarts nothing, and is the service's: it is what this Lotse renders.
func Access(s Spec) []client.Object { return append(bindings(), kubernetesEndpoints(s)...) }

// Workloads are what runs in the cluster, with all that belongs to it. They are the release's: a newer Lotse leaves them as they are (cluster/rendering).
func Workloads(s Spec) []client.Object {
	return slices.Concat(konnectivity(s), coreDNS(s), metricsServer(s))
}

// managed are AKS's labels of an object in kube-system that its service manages, by which users recognize it.
func managed(extra map[string]string) map[string]string {
	labels := map[string]string{
		"kubernetes.azure.com/managedby": "aks",
	}
	maps.Copy(labels, extra)
	return labels
}

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: managed(app(name))}
}

func clusterMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: managed(nil)}
}

func app(name string) map[string]string { return map[string]string{"k8s-app": name} }
