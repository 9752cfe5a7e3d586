package scenario

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// TestCustomersAreApart: from a Pod of one customer, also on the host network of its machine, nothing of another customer's can be reached
// but its API at its public address, and nothing of Lotse's but what machines need.
func TestCustomersAreApart(t *testing.T) {
	neighbour.reserve(t)
	t.Parallel()
	s := begin(t, sharedCluster(t))
	other := neighbour.cluster(t)
	m := openManagement(t)
	own, theirs := m.objectName(s.cluster), m.objectName(other)

	s.step("a Pod runs on the Pod network, and one on its machine's own")
	image := storyImage(t)
	node := s.oneNode("usr")
	s.start(on(node, server("inside", image)))
	outer := on(node, template("outside", image, "/bin/busybox", "sleep", "3600"))
	yes := true
	outer.Spec.HostNetwork, outer.Spec.Containers[0].SecurityContext = true, &corev1.SecurityContext{Privileged: &yes}
	s.start(outer)
	s.ready("inside")
	s.ready("outside")

	s.step("both reach what they should")
	public := m.publicAPI(s, theirs)
	allowed := append(m.serviceEndpoints(s, v1alpha1.ControlPlaneNamespace(own), "kube-apiserver"), "100.97.0.20:5000", public)
	for _, machine := range m.podsOf(s, v1alpha1.NodesNamespace(own)) {
		allowed = append(allowed, machine.Status.PodIP+":10250")
	}
	for _, from := range []string{"inside", "outside"} {
		s.until(from+" to reach what it should", 30*time.Second, func() (bool, string) {
			closed := s.reached(from, "closed", allowed)
			return len(closed) == 0, fmt.Sprint("closed: ", closed)
		})
	}

	s.step("this host reaches the endpoints that customers must not reach: they exist")
	endpoints := append(m.customerEndpoints(s, theirs), m.lotseEndpoints(s)...)
	endpoints = append(endpoints, hostEndpoints(t)...)
	s.until("every endpoint to answer this host", time.Minute, func() (bool, string) {
		var closed []string
		for _, e := range endpoints {
			conn, err := net.DialTimeout("tcp", e, 2*time.Second)
			if err != nil {
				closed = append(closed, err.Error())
				continue
			}
			conn.Close()
		}
		return len(closed) == 0, fmt.Sprint(closed)
	})

	s.step("the customer reaches none of the %d", len(endpoints))
	for _, from := range []string{"inside", "outside"} {
		if open := s.reached(from, "open", endpoints); len(open) > 0 {
			s.fail("from %s: open are %v", from, open)
		}
	}

	s.step("the API server does not reveal which customers there are, and does not resolve their names")
	there, nowhere := v1alpha1.ControlPlaneNamespace(theirs), v1alpha1.ControlPlaneNamespace("missing-0000000000")
	if known, unknown := s.resolved("kube-apiserver."+there+".svc"), s.resolved("kube-apiserver."+nowhere+".svc"); known != unknown {
		s.fail("a webhook at another customer's name fails by %q, one at a name that is not there by %q", known, unknown)
	}

	s.step("nor with another customer's source address")
	source := m.podsOf(s, v1alpha1.ControlPlaneNamespace(theirs))[0].Status.PodIP
	s.until("packets with a false source to be dropped", 30*time.Second, func() (bool, string) {
		before := spoofed(s)
		out, err := s.exec("outside", "/probe", "spoof", source, endpoints[0])
		s.need(err)
		after := spoofed(s) // fewer if the table was rebuilt meanwhile; then the next try tells
		return after > before, fmt.Sprintf("%d before, %d after; %s", before, after, out)
	})
}

// reached are those of the addresses that a Pod finds open, or closed.
func (s *story) reached(from, how string, addresses []string) (found []string) {
	s.Helper()
	out, err := s.exec(from, append([]string{"/probe", "reach"}, addresses...)...)
	s.need(err)
	if n := strings.Count(out, "\n"); n != len(addresses) {
		s.fail("%d addresses were to be tried, %d were:\n%s", len(addresses), n, out)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, how+" ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func (m *management) objectName(c *cluster) string {
	return v1alpha1.ObjectName(v1alpha1.ManagedClusterID(lotse.client.Credential.SubscriptionID, c.group, c.name))
}

func (m *management) podsOf(s *story, namespace string) []corev1.Pod {
	s.Helper()
	all, err := m.kube.CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{})
	s.need(err)
	if len(all.Items) == 0 {
		s.fail("no Pods in %s", namespace)
	}
	return all.Items
}

// serviceEndpoints are a Service's cluster IP with each of its ports.
func (m *management) serviceEndpoints(s *story, namespace, name string) (endpoints []string) {
	s.Helper()
	service, err := m.kube.CoreV1().Services(namespace).Get(s.ctx, name, metav1.GetOptions{})
	s.need(err)
	for _, p := range service.Spec.Ports {
		endpoints = append(endpoints, net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(int(p.Port))))
	}
	return endpoints
}

func (m *management) publicAPI(s *story, cluster string) string {
	s.Helper()
	service, err := m.kube.CoreV1().Services(v1alpha1.ControlPlaneNamespace(cluster)).Get(s.ctx, "kube-apiserver", metav1.GetOptions{})
	s.need(err)
	return net.JoinHostPort("100.98.0.1", strconv.Itoa(int(service.Spec.Ports[0].NodePort)))
}

// customerEndpoints are all endpoints of a cluster: its components, its machines, its tunnel also at the public address.
func (m *management) customerEndpoints(s *story, cluster string) []string {
	s.Helper()
	ports := map[string][]int{
		"etcd": {2379, 2381}, "kube-apiserver": {6443, 8132, 8134, 8135}, "kube-controller-manager": {10257, 10259}, "": {10250},
	}
	namespace := v1alpha1.ControlPlaneNamespace(cluster)
	endpoints := append(m.serviceEndpoints(s, namespace, "etcd"), m.serviceEndpoints(s, namespace, "kube-apiserver")...)
	service, err := m.kube.CoreV1().Services(namespace).Get(s.ctx, "kube-apiserver", metav1.GetOptions{})
	s.need(err)
	endpoints = append(endpoints, net.JoinHostPort("100.98.0.1", strconv.Itoa(int(service.Spec.Ports[1].NodePort))))
	for _, p := range append(m.podsOf(s, namespace), m.podsOf(s, v1alpha1.NodesNamespace(cluster))...) {
		for _, port := range ports[p.Labels[v1alpha1.LabelComponent]] {
			endpoints = append(endpoints, net.JoinHostPort(p.Status.PodIP, strconv.Itoa(port)))
		}
	}
	return endpoints
}

// lotseEndpoints are Lotse's, the management cluster's and its DNS.
func (m *management) lotseEndpoints(s *story) []string {
	s.Helper()
	endpoints := []string{"100.98.0.1:7443", "100.98.0.1:7250", "100.97.0.1:443", "100.97.0.10:53", "100.97.0.20:5001"}
	ports := map[string][]int{"lotse": {8443, 9090}, "registry": {5001}}
	for _, p := range m.podsOf(s, v1alpha1.SystemNamespace) {
		for _, port := range ports[p.Labels["app.kubernetes.io/name"]] {
			endpoints = append(endpoints, net.JoinHostPort(p.Status.PodIP, strconv.Itoa(port)))
		}
	}
	return append(endpoints, m.serviceEndpoints(s, v1alpha1.SystemNamespace, "lotse")...)
}

// hostEndpoints are a port that this program opens, as any program of the host might, on each of the host's addresses.
func hostEndpoints(t *testing.T) (endpoints []string) {
	t.Helper()
	listener, err := net.Listen("tcp4", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, a := range addresses {
		n, ok := a.(*net.IPNet)
		if ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !slices.Contains(endpoints, net.JoinHostPort(n.IP.String(), port)) {
			endpoints = append(endpoints, net.JoinHostPort(n.IP.String(), port))
		}
	}
	return endpoints
}

// spoofed counts the packets with a false source that were dropped so far.
func spoofed(s *story) int {
	s.Helper()
	out, err := exec.Command("nft", "list", "chain", "inet", "lotse-isolation", "anti-spoofing").Output()
	s.need(err)
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); strings.Contains(line, "fib saddr") {
			n, err := strconv.Atoi(fields[slices.Index(fields, "packets")+1])
			s.need(err)
			return n
		}
	}
	s.fail("the packet filter does not check sources:\n%s", out)
	return 0
}
