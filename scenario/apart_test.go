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
// but its API by its public address, and nothing of Lotse's but what machines need.
func TestCustomersAreApart(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	other := ownCluster(t, "apart", map[string]any{"agentPoolProfiles": []any{pool("sys", "System", 1)}})
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
	allowed := append(m.serviceDoors(s, v1alpha1.ControlPlaneNamespace(own), "kube-apiserver"), "100.97.0.20:5000", public)
	for _, machine := range m.podsOf(s, v1alpha1.NodesNamespace(own)) {
		allowed = append(allowed, machine.Status.PodIP+":10250")
	}
	for _, from := range []string{"inside", "outside"} {
		s.until(from+" to reach what it should", 30*time.Second, func() (bool, string) {
			shut := s.reached(from, "closed", allowed)
			return len(shut) == 0, fmt.Sprint("closed: ", shut)
		})
	}

	s.step("this host reaches doors that customers must not: the doors are there")
	doors := append(m.customerDoors(s, theirs), m.serviceOwnDoors(s)...)
	doors = append(doors, hostDoors(t)...)
	s.until("every door to answer this host", time.Minute, func() (bool, string) {
		var shut []string
		for _, d := range doors {
			conn, err := net.DialTimeout("tcp", d, 2*time.Second)
			if err != nil {
				shut = append(shut, err.Error())
				continue
			}
			conn.Close()
		}
		return len(shut) == 0, fmt.Sprint(shut)
	})

	s.step("the customer reaches none of the %d", len(doors))
	for _, from := range []string{"inside", "outside"} {
		if open := s.reached(from, "open", doors); len(open) > 0 {
			s.fail("from %s: open are %v", from, open)
		}
	}

	s.step("nor under a name that is somebody else's")
	victim := m.podsOf(s, v1alpha1.ControlPlaneNamespace(theirs))[0].Status.PodIP
	s.until("packets with a false source to be held back", 30*time.Second, func() (bool, string) {
		before := spoofed(s)
		out, err := s.exec("outside", "/witness", "pretend", victim, doors[0])
		s.need(err)
		after := spoofed(s) // fewer if the table was made anew meanwhile; then the next try tells
		return after > before, fmt.Sprintf("%d before, %d after; %s", before, after, out)
	})
}

// reached are those of the addresses that a Pod finds open, or closed.
func (s *story) reached(from, how string, addresses []string) (found []string) {
	s.Helper()
	out, err := s.exec(from, append([]string{"/witness", "reach"}, addresses...)...)
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

// serviceDoors are a Service's cluster address with each of its ports.
func (m *management) serviceDoors(s *story, namespace, name string) (doors []string) {
	s.Helper()
	service, err := m.kube.CoreV1().Services(namespace).Get(s.ctx, name, metav1.GetOptions{})
	s.need(err)
	for _, p := range service.Spec.Ports {
		doors = append(doors, net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(int(p.Port))))
	}
	return doors
}

func (m *management) publicAPI(s *story, cluster string) string {
	s.Helper()
	service, err := m.kube.CoreV1().Services(v1alpha1.ControlPlaneNamespace(cluster)).Get(s.ctx, "kube-apiserver", metav1.GetOptions{})
	s.need(err)
	return net.JoinHostPort("100.98.0.1", strconv.Itoa(int(service.Spec.Ports[0].NodePort)))
}

// customerDoors are all that listens of a cluster: its components, its machines, its tunnel even by the public address.
func (m *management) customerDoors(s *story, cluster string) []string {
	s.Helper()
	ports := map[string][]int{
		"etcd": {2379, 2381}, "kube-apiserver": {6443, 8132, 8134}, "kube-controller-manager": {10257}, "kube-scheduler": {10259}, "": {10250},
	}
	namespace := v1alpha1.ControlPlaneNamespace(cluster)
	doors := append(m.serviceDoors(s, namespace, "etcd"), m.serviceDoors(s, namespace, "kube-apiserver")...)
	service, err := m.kube.CoreV1().Services(namespace).Get(s.ctx, "kube-apiserver", metav1.GetOptions{})
	s.need(err)
	doors = append(doors, net.JoinHostPort("100.98.0.1", strconv.Itoa(int(service.Spec.Ports[1].NodePort))))
	for _, p := range append(m.podsOf(s, namespace), m.podsOf(s, v1alpha1.NodesNamespace(cluster))...) {
		for _, port := range ports[p.Labels[v1alpha1.LabelComponent]] {
			doors = append(doors, net.JoinHostPort(p.Status.PodIP, strconv.Itoa(port)))
		}
	}
	return doors
}

// serviceOwnDoors are Lotse's, the management cluster's and its DNS.
func (m *management) serviceOwnDoors(s *story) []string {
	s.Helper()
	doors := []string{"100.98.0.1:7443", "100.98.0.1:7250", "100.97.0.1:443", "100.97.0.10:53", "100.97.0.20:5001"}
	ports := map[string][]int{"lotse": {8443, 9090}, "registry": {5001}}
	for _, p := range m.podsOf(s, v1alpha1.SystemNamespace) {
		for _, port := range ports[p.Labels["app.kubernetes.io/name"]] {
			doors = append(doors, net.JoinHostPort(p.Status.PodIP, strconv.Itoa(port)))
		}
	}
	return append(doors, m.serviceDoors(s, v1alpha1.SystemNamespace, "lotse")...)
}

// hostDoors are a port that any program of the host might open, on each of the host's addresses.
func hostDoors(t *testing.T) (doors []string) {
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
		if ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !slices.Contains(doors, net.JoinHostPort(n.IP.String(), port)) {
			doors = append(doors, net.JoinHostPort(n.IP.String(), port))
		}
	}
	return doors
}

// spoofed is how many packets with a false source were held back so far.
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
	s.fail("the packet filter does not look at sources:\n%s", out)
	return 0
}
