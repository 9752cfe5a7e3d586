package scenario

import (
	"context"
	"errors"
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
	// workload is the name of the DaemonSet that serves on every node, of its Service, its namespace and the ledger's objects there.
	workload = "survival"
	// objects of each ledger.
	objects = 12
	// answerWithin is how long one question of a check may take; a component that hangs must not hang the story.
	answerWithin = 4 * time.Second
)

// ground is what survives: two clusters in use, and the service they are on.
type ground struct {
	management kubernetes.Interface
	alpha      *subject // two nodes: a workload that outlives a machine
	beta       *subject // one node
	door       *survival.Ledger
}

// subject is a cluster in use: a workload that is asked all the time, and objects that are written all the time.
type subject struct {
	*cluster
	object    string // the ManagedCluster's
	nodes     int
	load      *survival.Load
	ledger    *survival.Ledger
	port      int32
	addresses atomic.Pointer[[]string]
}

func (g *ground) subjects() []*subject { return []*subject{g.alpha, g.beta} }

// newGround makes the clusters and puts them to use until the test ends.
func newGround(t *testing.T) *ground {
	t.Helper()
	g := &ground{management: managementClient(t)}
	image := storyImage(t)
	made := make(chan error, 2)
	go func() { made <- g.make(t, &g.alpha, "alpha", 2, image) }()
	go func() { made <- g.make(t, &g.beta, "beta", 1, image) }()
	if err := errors.Join(<-made, <-made); err != nil {
		t.Fatal(err)
	}
	g.use(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(g.evidence())
		}
	})
	return g
}

// managementClient asks briefly: what it asks may hang.
func managementClient(t *testing.T) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(filepath.Dir(lotse.credentials), "management.kubeconfig"))
	if err != nil {
		t.Fatalf("this story strikes what runs behind the front door and needs the management kubeconfig: %v", err)
	}
	config.Timeout = answerWithin
	management, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return management
}

// make a cluster with a workload on each of its nodes.
func (g *ground) make(t *testing.T, to **subject, name string, nodes int, image string) error {
	ctx, cancel := context.WithTimeout(t.Context(), creation)
	defer cancel()
	c, err := lotse.create(ctx, name, map[string]any{"agentPoolProfiles": []any{pool("sys", "System", nodes)}})
	t.Cleanup(func() {
		if err := lotse.removeGroup("story-" + name + "-" + lotse.run); err != nil {
			t.Error(err)
		}
	})
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
func (c *cluster) oneNodeReady(ctx context.Context) error {
	seen, ok := poll(ctx, time.Minute, func() (bool, string) {
		all, err := c.kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil || len(all.Items) != 1 {
			return false, fmt.Sprintf("%v, %v", all, err)
		}
		return readiness(all.Items[0])
	})
	if !ok {
		return fmt.Errorf("cluster %s has no Ready node: %s", c.name, seen)
	}
	return nil
}

// use both clusters and the front door until the test ends.
func (g *ground) use(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	for _, s := range g.subjects() {
		s.ledger = survival.NewLedger(configMaps{s.kube}, objects)
		s.load = survival.NewLoad(func() []string { return *s.addresses.Load() })
		g.locate(ctx, s)
		go g.follow(ctx, s)
		go s.load.Run(ctx)
		go s.ledger.Run(ctx, 150*time.Millisecond, answerWithin)
	}
	group, err := lotse.makeGroup(ctx, "ledger")
	if err != nil {
		t.Fatal(err)
	}
	g.door = survival.NewLedger(tags{group}, 1)
	go g.door.Run(ctx, time.Second, answerWithin)
}

// follow the machines' addresses: one that starts again gets another.
func (g *ground) follow(ctx context.Context, s *subject) {
	for ctx.Err() == nil {
		g.locate(ctx, s)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (g *ground) locate(ctx context.Context, s *subject) {
	pods, err := g.machines(ctx, s)
	if err != nil {
		return // those known stay good enough
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
func (g *ground) machines(ctx context.Context, s *subject) ([]corev1.Pod, error) {
	pods, err := g.management.CoreV1().Pods(v1alpha1.NodesNamespace(s.object)).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelMachine})
	if err != nil {
		return nil, err
	}
	return pods.Items, nil
}
