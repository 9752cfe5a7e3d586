package controlplane

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"lotse.dev/api/v1alpha1"
)

// Services of a control plane. They come first: their addresses are part of certificates and flags, and stay as long as they exist.
// While the cluster is provisioning, its API server is reached as soon as it answers, and not only after its readiness probe has been seen.
func Services(r Ref, provisioning bool) []*corev1.Service {
	api := r.apiService()
	api.Spec.PublishNotReadyAddresses = provisioning
	return []*corev1.Service{api, r.etcdService()}
}

// apiService is how all clients reach the API server: machines and Lotse by its cluster IP, customers by its node port.
func (r Ref) apiService() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: r.meta(v1alpha1.ComponentAPIServer, v1alpha1.ComponentAPIServer),
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeNodePort,
			Selector: r.selector(v1alpha1.ComponentAPIServer),
			Ports: []corev1.ServicePort{
				port("https", APIPort),
				port("tunnel", TunnelPort),
			},
		},
	}
}

func (r Ref) etcdService() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: r.meta(v1alpha1.ComponentEtcd, v1alpha1.ComponentEtcd),
		Spec: corev1.ServiceSpec{
			Selector: r.selector(v1alpha1.ComponentEtcd),
			Ports:    []corev1.ServicePort{port("client", EtcdPort)},
			// There is one etcd. Hiding it until its probe passes would only make the API server's start wait for the probe.
			PublishNotReadyAddresses: true,
		},
	}
}

func port(name string, number int32) corev1.ServicePort {
	return corev1.ServicePort{Name: name, Port: number, TargetPort: intstr.FromString(name), Protocol: corev1.ProtocolTCP}
}

// EndpointOf is the endpoint that a Service as it is gives a cluster. It is incomplete, and ok false, until the management cluster has
// given the Service its address and port.
func EndpointOf(api *corev1.Service, publicHost string) (endpoint v1alpha1.Endpoint, ok bool) {
	endpoint = v1alpha1.Endpoint{Host: publicHost, InternalHost: api.Spec.ClusterIP, InternalPort: APIPort, TunnelPort: TunnelPort}
	for _, p := range api.Spec.Ports {
		if p.Name == "https" {
			endpoint.Port = p.NodePort
		}
	}
	return endpoint, endpoint.Port != 0 && HasAddress(api)
}

// HasAddress reports whether a Service has its cluster IP.
func HasAddress(s *corev1.Service) bool {
	return s.Spec.ClusterIP != "" && s.Spec.ClusterIP != corev1.ClusterIPNone
}
