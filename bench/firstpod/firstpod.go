// Package firstpod waits until a new cluster can run Pods, and until its first Pod serves a page: in the same way for every cluster that is
// measured.
package firstpod

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// every is the resolution of what is measured.
const every = 100 * time.Millisecond

const (
	name = "first"
	page = "serving"
)

// Answers waits until the API server is ready.
func Answers(ctx context.Context, kube kubernetes.Interface) error {
	return until(ctx, "the API server to be ready", func() (bool, error) {
		err := kube.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		return err == nil, err
	})
}

// Ready waits until a node is Ready and the default service account exists.
func Ready(ctx context.Context, kube kubernetes.Interface) error {
	return until(ctx, "a Ready node and the default service account", func() (bool, error) {
		nodes, err := kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil || !anyReady(nodes.Items) {
			return false, err
		}
		_, err = kube.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, err
	})
}

// Serves creates the Pod and waits until the API server can fetch its page.
func Serves(ctx context.Context, kube kubernetes.Interface, image string) error {
	pods := kube.CoreV1().Pods(metav1.NamespaceDefault)
	err := until(ctx, "the API server to take the Pod", func() (bool, error) {
		_, err := pods.Create(ctx, pod(image), metav1.CreateOptions{})
		return err == nil || apierrors.IsAlreadyExists(err), err
	})
	if err != nil {
		return err
	}
	err = until(ctx, "the Pod to run", func() (bool, error) {
		p, err := pods.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		return p.Status.Phase == corev1.PodRunning && p.Status.PodIP != "", fmt.Errorf("it is %s", p.Status.Phase)
	})
	if err != nil {
		return err
	}
	return until(ctx, "the Pod's page", func() (bool, error) {
		body, err := pods.ProxyGet("http", name, "8080", "/", nil).DoRaw(ctx)
		return err == nil && string(body) == page+"\n", err
	})
}

func pod(image string) *corev1.Pod {
	grace := int64(0)
	serve := "mkdir -p /www && echo " + page + " > /www/index.html && exec /bin/busybox httpd -f -p 8080 -h /www"
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			Containers: []corev1.Container{{
				Name: "web", Image: image, ImagePullPolicy: corev1.PullIfNotPresent, Command: []string{"/bin/busybox", "sh", "-c", serve},
			}},
		},
	}
}

func anyReady(nodes []corev1.Node) bool {
	for _, n := range nodes {
		for _, c := range n.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
				return true
			}
		}
	}
	return false
}

func until(ctx context.Context, what string, look func() (bool, error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		done, err := look()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w (last: %v)", what, ctx.Err(), err)
		case <-tick.C:
		}
	}
}
