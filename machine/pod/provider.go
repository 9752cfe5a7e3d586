package pod

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/provider"
)

// Provider makes machines out of Pods on the management cluster.
type Provider struct {
	client client.Client
}

var _ provider.Provider = Provider{}

// New provider. Its writes carry the service's field manager.
func New(c client.Client) Provider {
	return Provider{client.WithFieldOwner(c, v1alpha1.FieldManager)}
}

// Ensure implements provider.Provider. Disk and Pod are only ever created: changing a running machine is not the provider's business.
func (p Provider) Ensure(ctx context.Context, i provider.Instance) error {
	found, err := p.pod(ctx, i.Ref)
	if err != nil {
		return err
	}
	if s := read(found); s.Phase == provider.Dead {
		return p.remove(ctx, found) // its end brings us here again
	}
	if err := p.create(ctx, Disk(i)); err != nil || found != nil {
		return err
	}
	return p.create(ctx, Pod(i))
}

// State implements provider.Provider.
func (p Provider) State(ctx context.Context, r provider.Ref) (provider.State, error) {
	found, err := p.pod(ctx, r)
	if err != nil {
		return provider.State{}, err
	}
	state := read(found)
	disk := &corev1.PersistentVolumeClaim{}
	err = p.client.Get(ctx, key(r), disk)
	state.Disk = err == nil
	return state, client.IgnoreNotFound(err)
}

// Delete implements provider.Provider. The claim's own protection keeps the disk until the Pod has let go of it.
func (p Provider) Delete(ctx context.Context, r provider.Ref, atOnce bool) error {
	var opts []client.DeleteOption
	if atOnce {
		opts = append(opts, client.GracePeriodSeconds(1)) // not 0: the host's kubelet must confirm the end, or the disk goes under a running machine
	}
	meta := metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}
	if err := p.remove(ctx, &corev1.Pod{ObjectMeta: meta}, opts...); err != nil {
		return err
	}
	return p.remove(ctx, &corev1.PersistentVolumeClaim{ObjectMeta: meta})
}

func (p Provider) pod(ctx context.Context, r provider.Ref) (*corev1.Pod, error) {
	found := &corev1.Pod{}
	err := p.client.Get(ctx, key(r), found)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the Pod of machine %s: %w", r.Name, err)
	}
	return found, nil
}

func (p Provider) create(ctx context.Context, o client.Object) error {
	if err := p.client.Create(ctx, o); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating %T of machine %s: %w", o, o.GetName(), err)
	}
	return nil
}

func (p Provider) remove(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	if err := client.IgnoreNotFound(p.client.Delete(ctx, o, opts...)); err != nil {
		return fmt.Errorf("deleting %T of machine %s: %w", o, o.GetName(), err)
	}
	return nil
}

func key(r provider.Ref) client.ObjectKey {
	return client.ObjectKey{Namespace: r.Namespace, Name: r.Name}
}
