package controlplane_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/addons"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
)

// tunnel applies the add-ons, runs their agent, and asks a node that only the agent can stand for.
func (r *running) tunnel(t *testing.T, c kubernetes.Interface) {
	agent := r.addons(t)
	r.writeAgentIdentity(t, c)
	r.run(agent)
	asked := make(chan string, 10)
	kubelet := r.kubelet(t, asked)
	r.node(t, c, kubelet.Listener.Addr().(*net.TCPAddr))
	r.await("the node answers through the tunnel", func(ctx context.Context) bool {
		body, err := c.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes/node/proxy/hello").DoRaw(ctx)
		return err == nil && string(body) == "from the node"
	})
	if who := <-asked; who != credentials.KubeletClient {
		t.Errorf("the kubelet was asked by %q, want %s", who, credentials.KubeletClient)
	}
	r.streamEnds(t, c, asked)
	r.await("the server of the tunnel has announced itself to the agents", func(ctx context.Context) bool {
		lease, err := c.CoordinationV1().Leases(controlplane.AgentNamespace).Get(ctx, controlplane.ServerAnnouncement, metav1.GetOptions{})
		return err == nil && lease.Spec.HolderIdentity != nil && strings.HasPrefix(*lease.Spec.HolderIdentity, "127.0.0.1:")
	})
}

// streamEnds: what a kubelet sends without end ends with the client that asked for it, and is not read for ever by some hop in between.
func (r *running) streamEnds(t *testing.T, c kubernetes.Interface, ended <-chan string) {
	stream, err := c.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes/node/proxy/endless").Stream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stream, make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	r.await("the stream ends at the node", func(context.Context) bool {
		select {
		case what := <-ended:
			return what == streamEnded
		default:
			return false
		}
	})
}

const streamEnded = "the stream has ended"

// addons applies them all and returns the container of the agent.
func (r *running) addons(t *testing.T) corev1.Container {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(r.contents[v1alpha1.SecretServiceKubeconfig][v1alpha1.KeyKubeconfig])
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	serving := r.contents[credentials.MetricsServer]
	objects := addons.Objects(addons.Spec{
		Images:        map[string]string{"coredns": "a", "konnectivity": "c", "metrics-server": "d"},
		Network:       v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
		Endpoint:      v1alpha1.Endpoint{InternalHost: "192.0.2.1", InternalPort: 6443, TunnelPort: controlplane.TunnelPort},
		MetricsServer: addons.ServingCertificate{Certificate: serving["tls.crt"], Key: serving["tls.key"], Authority: serving["ca.crt"]},
	})
	begin := time.Now()
	if err := apply.Objects(t.Context(), c, objects...); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d add-on objects applied in %s", len(objects), time.Since(begin))
	for _, o := range objects {
		if d, ok := o.(*appsv1.DaemonSet); ok && d.Name == controlplane.AgentServiceAccount {
			agent := d.Spec.Template.Spec.Containers[0]
			for i, a := range agent.Command {
				agent.Command[i] = strings.ReplaceAll(a, "192.0.2.1", "127.0.0.1")
			}
			return agent
		}
	}
	t.Fatal("the add-ons have no agent")
	return corev1.Container{}
}

// writeAgentIdentity puts the projected volume where the agent looks for it.
func (r *running) writeAgentIdentity(t *testing.T, c kubernetes.Interface) {
	t.Helper()
	token := func(audiences ...string) []byte {
		request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: audiences}}
		made, err := c.CoreV1().ServiceAccounts(controlplane.AgentNamespace).CreateToken(t.Context(), controlplane.AgentServiceAccount, request, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return []byte(made.Status.Token)
	}
	dir := filepath.Join(r.dir, "tunnel")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"token": token(controlplane.AgentAudience), "api-token": token(), "ca.crt": r.roots.Cluster.Certificate,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// kubelet answers like one: with a certificate of the cluster's, and only to clients that have one.
func (r *running) kubelet(t *testing.T, asked chan<- string) *httptest.Server {
	t.Helper()
	address := outward(t)
	pair, err := r.roots.Cluster.Issue(pki.Leaf{CommonName: "system:node:node", Addresses: []netip.Addr{address}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(r.roots.Cluster.Certificate)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		select {
		case asked <- q.TLS.PeerCertificates[0].Subject.CommonName:
		default:
		}
		if q.URL.Path != "/endless" {
			_, _ = io.WriteString(w, "from the node")
			return
		}
		for _, err := w.Write(make([]byte, 32<<10)); err == nil; {
			_, err = w.Write(make([]byte, 32<<10))
		}
		asked <- streamEnded
	}))
	if server.Listener, err = net.Listen("tcp", netip.AddrPortFrom(address, 0).String()); err != nil {
		t.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// outward is an address of this machine that is not the loopback, which API servers refuse to proxy to.
func outward(t *testing.T) netip.Addr {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr()
		}
	}
	t.Fatal("this machine has no address but the loopback; give it one, a dummy link will do")
	return netip.Addr{}
}

func (r *running) node(t *testing.T, c kubernetes.Interface, kubelet *net.TCPAddr) {
	t.Helper()
	if _, err := c.CoreV1().Nodes().Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	status, err := json.Marshal(corev1.Node{Status: corev1.NodeStatus{
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: kubelet.IP.String()}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(kubelet.Port)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	// A patch and not an update: the controller manager writes to a new node at the same time.
	if _, err := c.CoreV1().Nodes().PatchStatus(t.Context(), "node", status); err != nil {
		t.Fatal(err)
	}
}
