package scenario

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// TestDeletedWithoutATrace: a cluster that is stopped leaves no process, and one that is deleted leaves nothing, neither for its customer nor on
// the management cluster and its host.
func TestDeletedWithoutATrace(t *testing.T) {
	t.Parallel()
	m := openManagement(t)
	s := begin(t, startedCluster(t, m, "trace", map[string]any{"agentPoolProfiles": []any{pool("sys", "System", 1)}}))

	s.step("a Pod runs in the cluster")
	s.run(server("web", storyImage(t)))

	s.sleeps(m)

	s.step("the cluster is made of namespaces, volumes and processes")
	before := m.traces(s)
	for _, kind := range []string{"namespace", "volume", "files", "object", "process kubelet", "process etcd"} {
		if !before.any(kind) {
			s.fail("no %s of the cluster is found, so this story could not see one that stays:\n%s", kind, before)
		}
	}
	nodeGroup := m.nodeGroup(s)

	s.step("the user deletes it")
	_, err := lotse.cli(s.ctx, "cluster", "delete", "-g", s.group, "-n", s.cluster.name)
	s.need(err)

	s.step("the front door has neither it nor its machines' group")
	for _, path := range []string{lotse.client.ClusterPath(s.group, s.cluster.name), lotse.client.GroupPath(nodeGroup)} {
		if _, err := lotse.client.Get(s.ctx, path); !client.IsNotFound(err) {
			s.fail("%s: %v, want not found", path, err)
		}
	}

	s.step("nothing of it is left on the management cluster or its host")
	s.until("every trace to vanish", time.Minute, func() (bool, string) {
		left := append(m.traces(s), before.filesLeft()...)
		return len(left) == 0, left.String()
	})
}

// management is the management cluster.
type management struct {
	kube    kubernetes.Interface
	dynamic dynamic.Interface
	cluster string          // object name of the cluster looked for
	pods    map[string]bool // UIDs of its Pods, also of those that are gone
}

func openManagement(t *testing.T) *management {
	t.Helper()
	file := filepath.Join(filepath.Dir(lotse.credentials), "management.kubeconfig")
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatalf("this story looks at the management cluster and needs its kubeconfig %s: %v", file, err)
	}
	m := &management{pods: map[string]bool{}}
	if m.kube, err = kubernetes.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	if m.dynamic, err = dynamic.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *management) nodeGroup(s *story) string {
	s.Helper()
	document, err := lotse.client.Get(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name))
	s.need(err)
	view, err := client.View[client.Cluster](document)
	s.need(err)
	return view.Properties.NodeResourceGroup
}

// traces of a cluster, each a line that starts with its kind.
type traces []string

func (t traces) any(kind string) bool {
	for _, line := range t {
		if strings.HasPrefix(line, kind) {
			return true
		}
	}
	return false
}

// String implements fmt.Stringer.
func (t traces) String() string { return strings.Join(t, "\n") }

// filesLeft are directories among the traces that still exist.
func (t traces) filesLeft() (left traces) {
	for _, line := range t {
		if dir, ok := strings.CutPrefix(line, "files "); ok {
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				left = append(left, line)
			}
		}
	}
	return left
}

// traces lists everything that belongs to the cluster.
func (m *management) traces(s *story) (found traces) {
	s.Helper()
	namespaces := []string{v1alpha1.ControlPlaneNamespace(m.cluster), v1alpha1.NodesNamespace(m.cluster)}
	for _, ns := range namespaces {
		if _, err := m.kube.CoreV1().Namespaces().Get(s.ctx, ns, metav1.GetOptions{}); err == nil {
			found = append(found, "namespace "+ns)
		}
		pods, err := m.kube.CoreV1().Pods(ns).List(s.ctx, metav1.ListOptions{})
		s.need(err)
		for _, p := range pods.Items {
			m.pods[string(p.UID)] = true
			found = append(found, "pod "+ns+"/"+p.Name)
		}
	}
	volumes, err := m.kube.CoreV1().PersistentVolumes().List(s.ctx, metav1.ListOptions{})
	s.need(err)
	for _, v := range volumes.Items {
		if c := v.Spec.ClaimRef; c != nil && (c.Namespace == namespaces[0] || c.Namespace == namespaces[1]) {
			found = append(found, "volume "+v.Name, "files "+path(v))
		}
	}
	found = append(found, m.objects(s)...)
	return append(found, m.processes(s)...)
}

// objects of Lotse's own kinds that are the cluster or belong to it.
func (m *management) objects(s *story) (found traces) {
	s.Helper()
	for _, kind := range []string{"managedclusters", "agentpools", "scalesets", "machines"} {
		all, err := m.dynamic.Resource(schema.GroupVersionResource{Group: "lotse.dev", Version: "v1alpha1", Resource: kind}).
			List(context.Background(), metav1.ListOptions{})
		s.need(err)
		for _, o := range all.Items {
			if o.GetName() == m.cluster || o.GetLabels()[v1alpha1.LabelCluster] == m.cluster {
				found = append(found, "object "+kind+"/"+o.GetName())
			}
		}
	}
	return found
}

// processes of the cluster's Pods, found by their cgroup.
func (m *management) processes(s *story) (found traces) {
	s.Helper()
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	s.need(err)
	for _, file := range groups {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		for uid := range m.pods {
			if strings.Contains(string(content), uid) || strings.Contains(string(content), strings.ReplaceAll(uid, "-", "_")) {
				name, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "comm"))
				found = append(found, "process "+strings.TrimSpace(string(name))+" "+filepath.Base(filepath.Dir(file)))
			}
		}
	}
	return found
}

func path(v corev1.PersistentVolume) string {
	switch {
	case v.Spec.HostPath != nil:
		return v.Spec.HostPath.Path
	case v.Spec.Local != nil:
		return v.Spec.Local.Path
	}
	return ""
}
