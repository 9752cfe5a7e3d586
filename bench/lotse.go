package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/bench/clients"
	"lotse.dev/bench/firstpod"
	"lotse.dev/bench/usage"
	"lotse.dev/client"
	"lotse.dev/images/manifest"
)

// limit of one round without its idle time.
const limit = 10 * time.Minute

// group holds the clusters of the rounds.
const group = "bench"

// lotse is the installation that is measured.
type lotse struct {
	client     *client.Client
	management kubernetes.Interface // only to know which processes are a control plane's
	image      string
	kubectl    string
	idle       time.Duration
}

func openLotse(c choice, image string) (*lotse, error) {
	credential, err := client.ReadCredential(c.credentials)
	if err != nil {
		return nil, err
	}
	l := &lotse{image: image, kubectl: filepath.Join(c.artifacts, "bin", "kubectl"), idle: c.idle}
	if l.client, err = client.New(credential); err != nil {
		return nil, err
	}
	l.client.PollEvery = 100 * time.Millisecond
	config, err := c.management()
	if err != nil {
		return nil, err
	}
	l.management, err = kubernetes.NewForConfig(config)
	return l, err
}

// management cluster, in which the bench finds the processes to measure.
func (c choice) management() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(filepath.Dir(c.credentials), "management.kubeconfig"))
	if err != nil {
		return nil, fmt.Errorf("the bench looks into the management cluster: %w", err)
	}
	return config, nil
}

// round creates a cluster of one node, lets it serve a page, measures it idle, and deletes it.
func (l *lotse) round(ctx context.Context, number int) (r round, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit+4*l.idle)
	defer cancel()
	name := fmt.Sprintf("bench%d", number)
	if _, err := l.client.Put(ctx, l.client.GroupPath(group), map[string]any{"location": l.client.Credential.Location}); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.remove()) }()
	clock, err := usage.Start()
	if err != nil {
		return r, err
	}
	if err := l.create(ctx, name); err != nil {
		return r, err
	}
	kube, err := l.connect(ctx, name)
	if err != nil {
		return r, err
	}
	if err := firstpod.Ready(ctx, kube); err != nil {
		return r, err
	}
	if r.ready, r.spent, err = clock.Read(); err != nil {
		return r, err
	}
	if err := firstpod.Serves(ctx, kube, l.image); err != nil {
		return r, err
	}
	if r.serves, _, err = clock.Read(); err != nil {
		return r, err
	}
	if r.used, err = l.use(ctx, name); err != nil {
		return r, err
	}
	r.later, err = l.useAfterClients(ctx, name, kube)
	return r, err
}

// useAfterClients is the use of the control plane at rest again, when clients have used the API server.
func (l *lotse) useAfterClients(ctx context.Context, name string, kube kubernetes.Interface) (usage.Components, error) {
	content, err := l.client.Kubeconfig(ctx, group, name, false)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "lotse-bench-kubeconfig-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, err
	}
	if err := clients.Use(ctx, l.kubectl, file, kube); err != nil {
		return nil, err
	}
	return l.use(ctx, name)
}

func (l *lotse) create(ctx context.Context, name string) error {
	body := map[string]any{"location": l.client.Credential.Location, "properties": map[string]any{
		"dnsPrefix":         name,
		"kubernetesVersion": manifest.Minor(), // what is started by hand
		"agentPoolProfiles": []any{map[string]any{"name": "sys", "mode": "System", "count": 1}},
	}}
	operation, err := l.client.Put(ctx, l.client.ClusterPath(group, name), body)
	if err != nil {
		return err
	}
	return operation.Wait(ctx, nil)
}

func (l *lotse) connect(ctx context.Context, name string) (kubernetes.Interface, error) {
	content, err := l.client.Kubeconfig(ctx, group, name, false)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	return kubernetes.NewForConfig(config)
}

// use of the hosted control plane's processes, found by their Pods.
func (l *lotse) use(ctx context.Context, name string) (usage.Components, error) {
	object := v1alpha1.ObjectName(v1alpha1.ManagedClusterID(l.client.Credential.SubscriptionID, group, name))
	pods, err := l.management.CoreV1().Pods(v1alpha1.ControlPlaneNamespace(object)).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var uids []string
	for _, p := range pods.Items {
		uids = append(uids, string(p.UID))
	}
	pids, err := usage.InCgroups(uids)
	if err != nil {
		return nil, err
	}
	known := map[string]int{}
	for program, pid := range pids {
		if c := component(program); c != "" {
			known[c] = pid
		}
	}
	if len(known) < len(components) {
		return nil, fmt.Errorf("of the control plane of %s only these programs are found: %v", name, pids)
	}
	return usage.Idle(ctx, known, l.idle)
}

// components of a hosted control plane; the first four are also there by hand.
var components = []string{
	v1alpha1.ComponentEtcd, v1alpha1.ComponentAPIServer, v1alpha1.ComponentControllerManager, v1alpha1.ComponentScheduler,
	v1alpha1.ComponentKonnectivity,
}

func component(program string) string {
	if strings.HasPrefix(program, "proxy-server") || strings.HasPrefix(program, "konnectivity") {
		return v1alpha1.ComponentKonnectivity
	}
	for _, c := range components {
		if program == c {
			return c
		}
	}
	return ""
}

// remove deletes the group with whatever is in it.
func (l *lotse) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	operation, err := l.client.Delete(ctx, l.client.GroupPath(group))
	if err == nil {
		err = operation.Wait(ctx, nil)
	}
	if err != nil && !client.IsNotFound(err) {
		return fmt.Errorf("removing group %s: %w", group, err)
	}
	return nil
}
