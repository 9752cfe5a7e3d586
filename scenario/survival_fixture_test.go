package scenario

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/scenario/survival"
)

const (
	// workload is the name of the DaemonSet that serves on every node, of its Service, and of the namespace that also has the recorded objects.
	workload = "survival"
	// objects of each cluster's record.
	objects = 12
	// answerWithin is how long one request of a check may take; a component that hangs must not hang the story.
	answerWithin = 4 * time.Second
)

// fixture is what faults are injected into: two clusters in use, and the service that runs them.
type fixture struct {
	management kubernetes.Interface
	alpha      *subject // two nodes: a workload that outlives a machine
	beta       *subject // one node
	frontDoor  *survival.Record
	stop       context.CancelFunc // of the load and the writes
}

// subject is a cluster in use: its workload is sent requests, and its objects are written, all the time.
type subject struct {
	*cluster
	object    string // the ManagedCluster's
	nodes     int
	load      *survival.Load
	record    *survival.Record
	port      int32
	addresses atomic.Pointer[[]string]
}

func (f *fixture) subjects() []*subject { return []*subject{f.alpha, f.beta} }

// managementClient has a short timeout: the API server that it calls may hang.
func managementClient(t *testing.T) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(filepath.Dir(lotse.credentials), "management.kubeconfig"))
	if err != nil {
		t.Fatalf("this story injects faults behind the front door and needs the management kubeconfig: %v", err)
	}
	config.Timeout = answerWithin
	management, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return management
}

// make a cluster with a workload on each of its nodes.
func (f *fixture) make(ctx context.Context, to **subject, name string, nodes int, image string) error {
	ctx, cancel := context.WithTimeout(ctx, creation)
	defer cancel()
	c, err := lotse.create(ctx, name, map[string]any{"agentPoolProfiles": []any{pool("sys", "System", nodes)}})
	if err != nil {
		return err
	}
	c.config.Timeout = answerWithin
	if c.kube, err = kubernetes.NewForConfig(c.config); err != nil {
		return err
	}
	s := &subject{cluster: c, nodes: nodes}
	s.object = v1alpha1.ObjectName(v1alpha1.ManagedClusterID(lotse.client.Credential.SubscriptionID, c.group, c.name))
	s.addresses.Store(&[]string{})
	*to = s
	return s.deploy(ctx, image)
}

// deploy the workload: a server on each node, reachable from outside at a port of every node.
func (s *subject) deploy(ctx context.Context, image string) error {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: workload}}
	if _, err := s.kube.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{}); err != nil {
		return err
	}
	set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: workload}, Spec: appsv1.DaemonSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": workload}}, Template: server(workload, image),
	}}
	if _, err := s.kube.AppsV1().DaemonSets(workload).Create(ctx, set, metav1.CreateOptions{}); err != nil {
		return err
	}
	service, err := s.kube.CoreV1().Services(workload).Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: workload},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"app": workload},
			Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	s.port = service.Spec.Ports[0].NodePort
	seen, ok := poll(ctx, 2*time.Minute, func() (bool, string) {
		pods, err := s.workloadPods(ctx)
		return err == nil && len(pods) == s.nodes, fmt.Sprintf("%d Pods are ready, %v", len(pods), err)
	})
	if !ok {
		return fmt.Errorf("the workload of %s on %d nodes: %s", s.name, s.nodes, seen)
	}
	return nil
}

// workloadPods are those that are ready.
func (s *subject) workloadPods(ctx context.Context) ([]corev1.Pod, error) {
	all, err := s.kube.CoreV1().Pods(workload).List(ctx, metav1.ListOptions{LabelSelector: "app=" + workload})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all.Items, func(p corev1.Pod) bool { return !podReady(&p) }), nil
}

// oneNodeReady waits for the cluster's one node, which it must have.
func (c *cluster) oneNodeReady(ctx context.Context) error { return c.nodesReady(ctx, 1) }

// nodesReady waits until the cluster has exactly so many nodes, all Ready.
func (c *cluster) nodesReady(ctx context.Context, n int) error {
	seen, ok := poll(ctx, time.Minute, func() (bool, string) {
		all, err := c.kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil || len(all.Items) != n {
			return false, fmt.Sprintf("%v, %v", all, err)
		}
		for _, node := range all.Items {
			if ready, why := readiness(node); !ready {
				return false, why
			}
		}
		return true, ""
	})
	if !ok {
		return fmt.Errorf("cluster %s does not have %d Ready nodes: %s", c.name, n, seen)
	}
	return nil
}

// use both clusters and the front door until ctx ends.
func (f *fixture) use(ctx context.Context) error {
	for _, s := range f.subjects() {
		s.record = survival.NewRecord(configMaps{s.kube}, objects)
		s.load = survival.NewLoad(func() []string { return *s.addresses.Load() })
		f.locate(ctx, s)
		go f.follow(ctx, s)
		go s.load.Run(ctx)
		go s.record.Run(ctx, 150*time.Millisecond, answerWithin)
	}
	group, err := lotse.makeGroup(ctx, "record")
	if err != nil {
		return err
	}
	f.frontDoor = survival.NewRecord(tags{group}, 1)
	go f.frontDoor.Run(ctx, time.Second, answerWithin)
	return nil
}

// follow the machines' addresses: a machine that restarts gets another.
func (f *fixture) follow(ctx context.Context, s *subject) {
	for ctx.Err() == nil {
		f.locate(ctx, s)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (f *fixture) locate(ctx context.Context, s *subject) {
	pods, err := f.machines(ctx, s)
	if err != nil {
		return // the known ones stay in use
	}
	var urls []string
	for _, p := range pods {
		if p.Status.PodIP != "" {
			urls = append(urls, fmt.Sprintf("http://%s:%d/", p.Status.PodIP, s.port))
		}
	}
	s.addresses.Store(&urls)
}

// machines are the Pods that a cluster's nodes are.
func (f *fixture) machines(ctx context.Context, s *subject) ([]corev1.Pod, error) {
	pods, err := f.management.CoreV1().Pods(v1alpha1.NodesNamespace(s.object)).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelMachine})
	if err != nil {
		return nil, err
	}
	return pods.Items, nil
}
