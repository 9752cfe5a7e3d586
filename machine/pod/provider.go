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
	client    client.Client
	isolation Isolation
}

var _ provider.Provider = Provider{}

// New provider. Its writes carry the service's field manager.
func New(c client.Client, i Isolation) Provider {
	return Provider{client.WithFieldOwner(c, v1alpha1.FieldManager), i}
}

// Ensure implements provider.Provider. Disk and Pod are only ever created.
func (p Provider) Ensure(ctx context.Context, i provider.Instance) error {
	pod, err := p.pod(ctx, i.Ref)
	if err != nil {
		return err
	}
	if stateOf(pod).Phase == provider.Dead {
		return p.delete(ctx, pod) // the event of its end brings the caller here again
	}
	disk, err := p.disk(ctx, i.Ref)
	switch {
	case err != nil:
		return err
	case disk == nil:
		if err := p.create(ctx, Disk(i)); err != nil {
			return err
		}
	case disk.DeletionTimestamp != nil:
		return nil // a Pod that is scheduled now would keep the disk from being deleted, and could not start on it
	}
	if pod != nil {
		return nil
	}
	return p.create(ctx, Pod(i, p.isolation))
}

// annotationDelivered on a machine's Pod is the version of its boot Secret that the machine must have.
const annotationDelivered = "lotse.dev/boot-secret"

// Deliver implements provider.Provider. A kubelet brings the volumes of a Pod up to date when the Pod changes, and else once in a minute or two.
func (p Provider) Deliver(ctx context.Context, r provider.Ref, version string) error {
	pod, err := p.pod(ctx, r)
	if err != nil || pod == nil {
		return err
	}
	changed := pod.DeepCopy()
	metav1.SetMetaDataAnnotation(&changed.ObjectMeta, annotationDelivered, version)
	if err := client.IgnoreNotFound(p.client.Patch(ctx, changed, client.MergeFrom(pod))); err != nil {
		return fmt.Errorf("delivering the boot Secret of machine %s: %w", r.Name, err)
	}
	return nil
}

// State implements provider.Provider.
func (p Provider) State(ctx context.Context, r provider.Ref) (provider.State, error) {
	pod, err := p.pod(ctx, r)
	if err != nil {
		return provider.State{}, err
	}
	disk, err := p.disk(ctx, r)
	if err != nil {
		return provider.State{}, err
	}
	return withDisk(stateOf(pod), disk), nil
}

// Stop implements provider.Provider.
func (p Provider) Stop(ctx context.Context, r provider.Ref) error {
	return p.delete(ctx, &corev1.Pod{ObjectMeta: meta(r)})
}

// Reimage implements provider.Provider. The Pod goes first: if this process dies before the disk goes too, the disk still shows its earlier
// generation and the next call carries on. The disk's UID protects a new disk from a caller whose cache still shows the old one.
func (p Provider) Reimage(ctx context.Context, r provider.Ref, generation int64) error {
	disk, err := p.disk(ctx, r)
	if err != nil || disk == nil {
		return err
	}
	has, err := diskGeneration(disk)
	if err != nil || has >= generation {
		return err
	}
	if err := p.Stop(ctx, r); err != nil {
		return err
	}
	return p.delete(ctx, disk, client.Preconditions{UID: &disk.UID})
}

// Delete implements provider.Provider. The claim's own protection keeps the disk until the Pod has ended.
func (p Provider) Delete(ctx context.Context, r provider.Ref, atOnce bool) error {
	var opts []client.DeleteOption
	if atOnce {
		opts = append(opts, client.GracePeriodSeconds(1)) // not 0: the host's kubelet must confirm the end, or the disk goes under a running machine
	}
	if err := p.delete(ctx, &corev1.Pod{ObjectMeta: meta(r)}, opts...); err != nil {
		return err
	}
	return p.delete(ctx, &corev1.PersistentVolumeClaim{ObjectMeta: meta(r)})
}

// pod of a machine, nil when there is none.
func (p Provider) pod(ctx context.Context, r provider.Ref) (*corev1.Pod, error) {
	o := &corev1.Pod{}
	if exists, err := p.get(ctx, r, o); !exists {
		return nil, err
	}
	return o, nil
}

// disk of a machine, nil when there is none.
func (p Provider) disk(ctx context.Context, r provider.Ref) (*corev1.PersistentVolumeClaim, error) {
	o := &corev1.PersistentVolumeClaim{}
	if exists, err := p.get(ctx, r, o); !exists {
		return nil, err
	}
	return o, nil
}

func (p Provider) get(ctx context.Context, r provider.Ref, o client.Object) (exists bool, err error) {
	err = p.client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: r.Name}, o)
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("reading %T of machine %s: %w", o, r.Name, err)
	}
	return true, nil
}

func (p Provider) create(ctx context.Context, o client.Object) error {
	if err := p.client.Create(ctx, o); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating %T of machine %s: %w", o, o.GetName(), err)
	}
	return nil
}

func (p Provider) delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	if err := client.IgnoreNotFound(p.client.Delete(ctx, o, opts...)); err != nil {
		return fmt.Errorf("deleting %T of machine %s: %w", o, o.GetName(), err)
	}
	return nil
}

func meta(r provider.Ref) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}
}
