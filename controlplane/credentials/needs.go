package credentials

import (
	"fmt"
	"net/netip"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/kubeconfig"
	"lotse.dev/pki"
)

// Users of the control plane inside a hosted cluster. What they may do is bound by the add-ons; only the service's own credential is in
// system:masters, because it must work before the first binding exists.
const (
	KubeletClient    = "lotse:kube-apiserver"
	KonnectivityUser = "system:konnectivity-server"
	serviceGroup     = "system:masters"
)

// MetricsServer is the Secret with the serving certificate of metrics-server, which the add-ons carry into the cluster.
const MetricsServer = "metrics-server"

// Retired are Secrets of earlier versions, whose kubeconfigs were shared by all who listed credentials. People get certificates of their own
// from the front door now, which it does not store.
var Retired = []string{"cluster-admin-kubeconfig", "cluster-user-kubeconfig"}

// Cluster is what credentials depend on.
type Cluster struct {
	controlplane.Ref
	// Name as the customer wrote it.
	Name        string
	Network     v1alpha1.NetworkSpec
	Endpoint    v1alpha1.Endpoint
	EtcdAddress string
}

// need is what one Secret must hold: certificates (key.crt, key.key), plain files, and perhaps a kubeconfig made of the one certificate.
type need struct {
	secret     string
	leaves     []leaf
	files      map[string][]byte
	kubeconfig *kubeconfig.Entry
}

type leaf struct {
	key       string
	authority pki.Authority
	leaf      pki.Leaf
}

func (c Cluster) needs(r pki.Roots) ([]need, error) {
	names, err := c.serverNames()
	if err != nil {
		return nil, err
	}
	etcdAddress, err := netip.ParseAddr(c.EtcdAddress)
	if err != nil {
		return nil, fmt.Errorf("address of etcd's Service: %w", err)
	}
	return []need{
		c.etcd(r, etcdAddress),
		c.etcdService(r),
		c.apiServer(r, names),
		c.konnectivity(r, names),
		c.controllerManager(r),
		c.component(r, v1alpha1.ComponentScheduler, "system:kube-scheduler"),
		c.service(r),
		c.metricsServer(r),
	}, nil
}

// serverNames are all names and addresses by which clients call the API server.
func (c Cluster) serverNames() (pki.Leaf, error) {
	first, err := controlplane.FirstServiceAddress(c.Network)
	if err != nil {
		return pki.Leaf{}, err
	}
	internal, err := netip.ParseAddr(c.Endpoint.InternalHost)
	if err != nil {
		return pki.Leaf{}, fmt.Errorf("address of the API server's Service: %w", err)
	}
	service := v1alpha1.ComponentAPIServer + "." + c.Namespace()
	l := pki.Leaf{
		DNSNames: []string{
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
			service, service + ".svc", "localhost",
		},
		Addresses: []netip.Addr{first, internal, netip.MustParseAddr("127.0.0.1")},
	}
	if public, err := netip.ParseAddr(c.Endpoint.Host); err == nil {
		l.Addresses = append(l.Addresses, public)
	} else {
		l.DNSNames = append(l.DNSNames, c.Endpoint.Host)
	}
	return l, nil
}

func (c Cluster) etcd(r pki.Roots, address netip.Addr) need {
	server := pki.Leaf{
		CommonName: "etcd",
		DNSNames:   []string{"localhost", "etcd." + c.Namespace() + ".svc"},
		Addresses:  []netip.Addr{address, netip.MustParseAddr("127.0.0.1")},
		Client:     true, // etcd's own gateway calls its server with it
	}
	peer := pki.Leaf{CommonName: "etcd-peer", DNSNames: []string{"localhost"}, Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Client: true}
	return need{
		secret: v1alpha1.ComponentEtcd,
		leaves: []leaf{{"server", r.EtcdServer, server}, {"peer", r.EtcdServer, peer}},
		files:  map[string][]byte{"ca.crt": r.EtcdServer.Certificate},
	}
}

// etcdService is the service's own credential for etcd, to see how full it is and to free space.
func (c Cluster) etcdService(r pki.Roots) need {
	return need{
		secret: v1alpha1.SecretEtcdService,
		leaves: []leaf{{"client", r.Etcd, pki.Leaf{CommonName: "lotse", Client: true}}},
		files:  map[string][]byte{"ca.crt": r.Trusted.Etcd},
	}
}

func (c Cluster) apiServer(r pki.Roots, names pki.Leaf) need {
	names.CommonName = "kube-apiserver"
	return need{
		secret: v1alpha1.ComponentAPIServer,
		leaves: []leaf{
			{"server", r.Cluster, names},
			{"etcd-client", r.Etcd, pki.Leaf{CommonName: "kube-apiserver", Client: true}},
			{"kubelet-client", r.Cluster, pki.Leaf{CommonName: KubeletClient, Client: true}},
			{"front-proxy-client", r.FrontProxy, pki.Leaf{CommonName: "front-proxy-client", Client: true}},
		},
		files: apiServerFiles(r, controlplane.TunnelSocket),
	}
}

func (c Cluster) konnectivity(r pki.Roots, names pki.Leaf) need {
	names.CommonName = "konnectivity-server"
	n := c.client(r, v1alpha1.ComponentKonnectivity, pki.Leaf{CommonName: KonnectivityUser, Client: true})
	n.leaves = append(n.leaves, leaf{"server", r.Cluster, names})
	// It asks at the cluster's address and not the API server in its own Pod: when the Pod is to take another's place, the other one knows
	// the agents before that one has started.
	return n
}

func (c Cluster) controllerManager(r pki.Roots) need {
	n := c.component(r, v1alpha1.ComponentControllerManager, "system:kube-controller-manager")
	n.files = map[string][]byte{
		"cluster-ca.crt":      r.Cluster.Certificate,
		"cluster-ca.key":      r.Cluster.Key,
		"service-account.key": r.ServiceAccount.Key,
	}
	if r.Overlap() {
		n.files[controlplane.RootAuthorities] = r.Trusted.Cluster
	}
	return n
}

// component that asks the API server, and serves its probes. Without a certificate it would make itself one at each start, with an RSA key: that
// takes longer than the rest of its start, and each handshake ten times as long.
func (c Cluster) component(r pki.Roots, secret, user string) need {
	n := c.client(r, secret, pki.Leaf{CommonName: user, Client: true})
	n.leaves = append(n.leaves, leaf{"server", r.Cluster, pki.Leaf{CommonName: secret, DNSNames: []string{"localhost"}}})
	return n
}

func (c Cluster) service(r pki.Roots) need {
	n := c.client(r, v1alpha1.SecretServiceKubeconfig, pki.Leaf{CommonName: "lotse", Organizations: []string{serviceGroup}, Client: true})
	n.kubeconfig.Authority = r.Trusted.Nodes // machines get theirs from here
	return n
}

// client is a kubeconfig for use inside the management cluster.
func (c Cluster) client(r pki.Roots, secret string, l pki.Leaf) need {
	return need{
		secret: secret,
		leaves: []leaf{{"client", r.Cluster, l}},
		kubeconfig: &kubeconfig.Entry{
			Cluster: c.Name, User: l.CommonName, Authority: r.Trusted.Cluster,
			Host: c.Endpoint.InternalHost, Port: c.Endpoint.InternalPort,
		},
	}
}

func (c Cluster) metricsServer(r pki.Roots) need {
	return need{
		secret: MetricsServer,
		leaves: []leaf{{"tls", r.Cluster, pki.Leaf{CommonName: "metrics-server", DNSNames: []string{"metrics-server.kube-system.svc"}}}},
		files:  map[string][]byte{"ca.crt": r.Trusted.Cluster},
	}
}
