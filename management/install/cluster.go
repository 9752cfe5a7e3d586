package install

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
)

func connect(config *rest.Config) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	log.SetLogger(logr.Discard()) // or the client complains on the operator's terminal, after half a minute, that nobody says where its log goes
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("management cluster: %w", err)
	}
	return c, nil
}

// create creates the objects that do not exist.
func create(ctx context.Context, c client.Client, objects ...client.Object) error {
	for _, o := range objects {
		if err := c.Create(ctx, o, client.FieldOwner(v1alpha1.FieldManager)); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create %T %s: %w", o, o.GetName(), err)
		}
	}
	return nil
}

// eventually retries what the cluster does not accept yet: a kind whose definition was just created, or a server that is restarting.
func eventually(ctx context.Context, limit time.Duration, do func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := do()
		retry := apimeta.IsNoMatchError(err) || apierrors.IsNotFound(err) || apierrors.IsServiceUnavailable(err)
		if err == nil || !retry || time.Now().After(deadline) {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// applied applies objects whose kinds may have been defined a moment ago.
func applied(ctx context.Context, c client.Client, objects ...client.Object) error {
	for _, o := range objects {
		if err := eventually(ctx, 20*time.Second, func() error { return apply.Object(ctx, c, o) }); err != nil {
			return err
		}
	}
	return nil
}

// available waits for a Deployment's newest Pods. After the limit its error contains what they wait for.
func available(ctx context.Context, c client.Client, name string, limit time.Duration) error {
	key := client.ObjectKey{Namespace: systemNamespace, Name: name}
	deadline := time.Now().Add(limit)
	for {
		var d appsv1.Deployment
		err := c.Get(ctx, key, &d)
		if err == nil && rolledOut(d) {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%s is not available after %s: %s", name, limit, obstacle(ctx, c, name)), err)
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

func rolledOut(d appsv1.Deployment) bool {
	want := int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == want && s.AvailableReplicas == want && s.Replicas == want
}

// obstacle returns what the Pods of an application wait for, as the kubelet or the scheduler reports it.
func obstacle(ctx context.Context, c client.Client, name string) string {
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace(systemNamespace), client.MatchingLabels(app(name))); err != nil {
		return err.Error()
	}
	for _, p := range pods.Items {
		if message := waiting(p); message != "" {
			return message
		}
	}
	return fmt.Sprintf("see its %d Pods in namespace %s", len(pods.Items), systemNamespace)
}

func waiting(p corev1.Pod) string {
	for _, s := range p.Status.ContainerStatuses {
		if w := s.State.Waiting; w != nil {
			return fmt.Sprintf("container %s of Pod %s: %s %s", s.Name, p.Name, w.Reason, w.Message)
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Status == corev1.ConditionFalse && c.Message != "" {
			return fmt.Sprintf("Pod %s: %s", p.Name, c.Message)
		}
	}
	return ""
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
