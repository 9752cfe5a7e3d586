package bundle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/v1alpha1"
)

// kinds of Lotse's own resources. None of them contains secrets.
var kinds = []string{
	"Subscription", "ResourceGroup", "ManagedCluster", "AgentPool", "ScaleSet", "Machine", "Release", "Principal", "RoleAssignment",
	"MaintenanceConfiguration", "PowerSchedule",
}

// Objects are Lotse's resources on the management cluster, its nodes, the status of its Pods, and its events.
func Objects(connect func() (client.Client, error)) Part {
	return Part{"objects", func(ctx context.Context, add Add) error {
		c, err := connect()
		if err != nil {
			return err
		}
		var failed []error
		for _, kind := range kinds {
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
			failed = append(failed, whole(ctx, c, list, strings.ToLower(kind)+".yaml", add))
		}
		failed = append(failed, nodes(ctx, c, add), pods(ctx, c, add), events(ctx, c, add))
		return errors.Join(failed...)
	}}
}

// whole adds complete objects.
func whole(ctx context.Context, c client.Client, list *unstructured.UnstructuredList, file string, add Add) error {
	if err := c.List(ctx, list); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	items := make([]any, len(list.Items))
	for i := range list.Items {
		items[i] = list.Items[i].Object
	}
	return document(file, items, add)
}

func nodes(ctx context.Context, c client.Client, add Add) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "NodeList"})
	return whole(ctx, c, list, "nodes.yaml", add)
}

// pods adds the status of Pods. Specs are left out, because environment variables can contain secrets.
func pods(ctx context.Context, c client.Client, add Add) error {
	list := &corev1.PodList{}
	if err := c.List(ctx, list); err != nil {
		return fmt.Errorf("pods: %w", err)
	}
	type state struct {
		Namespace string            `json:"namespace"`
		Name      string            `json:"name"`
		Labels    map[string]string `json:"labels"`
		Created   metav1.Time       `json:"created"`
		Deleted   *metav1.Time      `json:"deleted,omitempty"`
		Node      string            `json:"node"`
		Status    corev1.PodStatus  `json:"status"`
	}
	states := make([]state, len(list.Items))
	for i, p := range list.Items {
		states[i] = state{p.Namespace, p.Name, p.Labels, p.CreationTimestamp, p.DeletionTimestamp, p.Spec.NodeName, p.Status}
	}
	return document("pods.yaml", states, add)
}

// events are sorted by time.
func events(ctx context.Context, c client.Client, add Add) error {
	list := &corev1.EventList{}
	if err := c.List(ctx, list); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	slices.SortFunc(list.Items, func(a, b corev1.Event) int { return latest(a).Compare(latest(b).Time) })
	var b strings.Builder
	for _, e := range list.Items {
		fmt.Fprintf(&b, "%s %s %s %s/%s %s ×%d: %s\n", latest(e).UTC().Format("2006-01-02T15:04:05Z"), e.Type, e.InvolvedObject.Kind,
			e.InvolvedObject.Namespace, e.InvolvedObject.Name, e.Reason, max(e.Count, 1), e.Message)
	}
	add("events.txt", []byte(b.String()))
	return nil
}

func latest(e corev1.Event) metav1.Time {
	switch {
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp
	case e.Series != nil:
		return metav1.Time(e.Series.LastObservedTime)
	case !e.EventTime.IsZero():
		return metav1.Time(e.EventTime)
	}
	return e.CreationTimestamp
}

func document(file string, value any, add Add) error {
	content, err := yaml.Marshal(value)
	if err == nil {
		add(file, content)
	}
	return err
}
