package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// until polls look once a second; its error says what it waited for.
func (d *demo) until(ctx context.Context, what string, look func(context.Context) (done bool, seen string)) error {
	seen, logged := "", ""
	err := wait.PollUntilContextTimeout(ctx, time.Second, d.timeout, true, func(ctx context.Context) (bool, error) {
		done := false
		done, seen = look(ctx)
		if !done && seen != logged {
			d.log("waiting for %s: %s", what, seen)
			logged = seen
		}
		return done, nil
	})
	if err != nil {
		return fmt.Errorf("waited %s for %s, last seen: %s: %w", d.timeout, what, seen, err)
	}
	d.log("%s: %s", what, seen)
	return nil
}

func (d *demo) nodes(ctx context.Context, kube kubernetes.Interface) error {
	return d.until(ctx, "nodes", func(ctx context.Context) (bool, string) {
		nodes, err := kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err.Error()
		}
		ready := 0
		for _, n := range nodes.Items {
			if nodeReady(n) {
				ready++
			}
		}
		return ready > 0 && ready == len(nodes.Items), fmt.Sprintf("%d of %d Ready", ready, len(nodes.Items))
	})
}

func nodeReady(n corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// page runs the workload and fetches its page through the API server, which works wherever kubectl does.
func (d *demo) page(ctx context.Context, kube kubernetes.Interface, image string) error {
	if err := applyDemo(ctx, kube, image); err != nil {
		return fmt.Errorf("running the web page: %w", err)
	}
	if err := d.until(ctx, "web page", func(ctx context.Context) (bool, string) { return rolledOut(ctx, kube) }); err != nil {
		return err
	}
	return d.until(ctx, "fetching it", func(ctx context.Context) (bool, string) {
		body, err := kube.CoreV1().Services(metav1.NamespaceDefault).ProxyGet("http", demoName, "80", "/", nil).DoRaw(ctx)
		if err != nil {
			return false, err.Error()
		}
		text := strings.TrimSpace(string(body))
		return strings.Contains(text, demoGreeting), fmt.Sprintf("%q", text)
	})
}

func rolledOut(ctx context.Context, kube kubernetes.Interface) (bool, string) {
	deployment, err := kube.AppsV1().Deployments(metav1.NamespaceDefault).Get(ctx, demoName, metav1.GetOptions{})
	if err != nil {
		return false, err.Error()
	}
	if current(deployment) {
		return true, "runs"
	}
	pods, err := kube.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{LabelSelector: "app=" + demoName})
	if err != nil {
		return false, err.Error()
	}
	for _, p := range pods.Items {
		for _, c := range p.Status.ContainerStatuses {
			if w := c.State.Waiting; w != nil {
				return false, fmt.Sprintf("Pod %s: %s %s", p.Name, w.Reason, w.Message)
			}
		}
	}
	return false, fmt.Sprintf("%d of %d Pods available", deployment.Status.AvailableReplicas, *deployment.Spec.Replicas)
}

func current(d *appsv1.Deployment) bool {
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == *d.Spec.Replicas && s.AvailableReplicas == *d.Spec.Replicas
}
