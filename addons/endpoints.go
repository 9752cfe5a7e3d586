package addons

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kubernetesEndpoints say where the Service "kubernetes" leads: to the address of the hosted API server, which never changes. Upstream's API
// servers write these objects themselves, each for itself; here all share one address, and one that ends must not remove it.
// The older Endpoints object is kept beside the slice because conformance asks for it.
func kubernetesEndpoints(s Spec) []client.Object {
	labels := managed(map[string]string{discoveryv1.LabelServiceName: "kubernetes"})
	noMirror := managed(map[string]string{discoveryv1.LabelSkipMirror: "true"})
	return []client.Object{
		&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "kubernetes", Labels: labels},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{
				Addresses:  []string{s.Endpoint.InternalHost},
				Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(true)},
			}},
			Ports: []discoveryv1.EndpointPort{{Name: ptr.To("https"), Port: ptr.To(s.Endpoint.InternalPort), Protocol: ptr.To(corev1.ProtocolTCP)}},
		},
		&corev1.Endpoints{ //nolint:staticcheck // see above
			ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "kubernetes", Labels: noMirror},
			Subsets: []corev1.EndpointSubset{{ //nolint:staticcheck // see above
				Addresses: []corev1.EndpointAddress{{IP: s.Endpoint.InternalHost}},
				Ports:     []corev1.EndpointPort{{Name: "https", Port: s.Endpoint.InternalPort, Protocol: corev1.ProtocolTCP}},
			}},
		},
	}
}
