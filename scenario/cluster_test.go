package scenario

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/client"
)

// creation is how long a cluster may take to be created, on a small machine that runs other stories too.
const creation = 6 * time.Minute

// storySize is the machine size of all stories' nodes: 2 cores, 4 GiB.
const storySize = "Standard_B2s"

// cluster is a managed cluster that a story uses.
type cluster struct {
	group, name string
	kube        kubernetes.Interface
	config      *rest.Config
	kubeconfig  string // file
}

// pool describes a pool of a cluster to create.
func pool(name, mode string, count int) map[string]any {
	return map[string]any{"name": name, "mode": mode, "count": count, "vmSize": storySize}
}

// shared is the cluster of the stories about life inside one: a System and a User pool of one node each.
var shared = sync.OnceValues(func() (*cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), creation)
	defer cancel()
	return lotse.create(ctx, "shared", map[string]any{"agentPoolProfiles": []any{pool("sys", "System", 1), pool("usr", "User", 1)}})
})

// sharedCluster is shared. Without it the story fails.
func sharedCluster(t *testing.T) *cluster {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("the stories' shared cluster: %v", err)
	}
	return c
}

// ownCluster makes a cluster for one story.
func ownCluster(t *testing.T, name string, properties map[string]any) *cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), creation)
	defer cancel()
	t.Cleanup(func() {
		if err := lotse.removeGroup("story-" + name + "-" + lotse.run); err != nil {
			t.Error(err)
		}
	})
	c, err := lotse.create(ctx, name, properties)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// create makes a group and a cluster in it, both for this run.
func (l *installation) create(ctx context.Context, name string, properties map[string]any) (*cluster, error) {
	group, err := l.makeGroup(ctx, name)
	if err != nil {
		return nil, err
	}
	properties["dnsPrefix"] = name
	if properties["kubernetesVersion"] == nil {
		properties["kubernetesVersion"] = storyVersion
	}
	body := map[string]any{"location": l.client.Credential.Location, "properties": properties}
	operation, err := l.client.Put(ctx, l.client.ClusterPath(group, name), body)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", name, err)
	}
	if err := operation.Wait(ctx, nil); err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w\n%s", name, err, l.poolStates(group, name))
	}
	return l.connect(ctx, group, name)
}

// connect makes a client from the kubeconfig that the front door gives out.
func (l *installation) connect(ctx context.Context, group, name string) (*cluster, error) {
	content, err := l.client.Kubeconfig(ctx, group, name, false)
	if err != nil {
		return nil, err
	}
	return l.connectWith(group, name, content)
}

func (l *installation) connectWith(group, name string, content []byte) (c *cluster, err error) {
	c = &cluster{group: group, name: name}
	if c.config, err = clientcmd.RESTConfigFromKubeConfig(content); err != nil {
		return nil, fmt.Errorf("the kubeconfig of %s: %w", name, err)
	}
	c.config.QPS, c.config.Burst = 50, 100
	if c.kube, err = kubernetes.NewForConfig(c.config); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "story-kubeconfig-*")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c.kubeconfig = file.Name()
	l.later(func() { os.Remove(c.kubeconfig) })
	_, err = file.Write(content)
	return c, err
}

// poolStates is for messages: what the front door says of a cluster's pools.
func (l *installation) poolStates(group, name string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	documents, err := l.client.List(ctx, l.client.NodePoolsPath(group, name))
	if err != nil {
		return err.Error()
	}
	pools, err := client.Views[client.NodePool](documents)
	if err != nil {
		return err.Error()
	}
	text := ""
	for _, p := range pools {
		text += fmt.Sprintf("  pool %s: %s, %d nodes wanted\n", p.Name, p.Properties.ProvisioningState, p.Properties.Count)
	}
	return text
}
