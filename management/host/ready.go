package host

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Reach waits until the management cluster's API server is ready, and returns the operator's client configuration.
func Reach(ctx context.Context, d Data) (*rest.Config, error) {
	config, err := operatorConfig(d)
	if err != nil {
		return nil, err
	}
	return config, wait(ctx, 3*time.Minute, ready(config))
}

func operatorConfig(d Data) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", d.ManagementKubeconfig())
	if err != nil {
		return nil, fmt.Errorf("management kubeconfig: %w", err)
	}
	config.QPS = -1 // the API server's own fairness is enough
	return config, nil
}

// ready fails until the API server is ready.
func ready(config *rest.Config) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		if err := c.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
			return fmt.Errorf("API server: %w; its log is in %s/log/pods", err, DefaultData)
		}
		return nil
	}
}

// nodeReady fails until the node takes Pods.
func nodeReady(config *rest.Config) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		node, err := c.CoreV1().Nodes().Get(ctx, NodeName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		return takesPods(node)
	}
}

func takesPods(node *corev1.Node) error {
	for _, t := range node.Spec.Taints {
		if strings.HasPrefix(t.Key, "node.kubernetes.io/") {
			return fmt.Errorf("node %s: %s", node.Name, t.Key)
		}
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return fmt.Errorf("node %s is not ready; the kubelet's log is in %s/log", node.Name, DefaultData)
}

// mayLowerOOM reports whether processes may lower their oom_score_adj: CAP_SYS_RESOURCE, bit 24.
func mayLowerOOM() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	return hasCapability(string(status), 24)
}

func hasCapability(status string, bit int) bool {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			var set uint64
			if _, err := fmt.Sscanf(strings.TrimSpace(value), "%x", &set); err == nil {
				return set&(1<<bit) != 0
			}
		}
	}
	return false
}
