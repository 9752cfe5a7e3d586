package machine

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/provider"
)

// gather the facts. Apart from the Pods of a node that is being drained, nothing here calls a hosted cluster: one that hangs must not delay
// the machines of others.
func (r *Reconciler) gather(ctx context.Context, m *v1alpha1.Machine) (facts, error) {
	f := facts{machine: m, registry: r.Registry, pulls: r.PullTokens != nil}
	err := errors.Join(
		r.gatherOwners(ctx, &f),
		r.gatherPlace(ctx, &f),
	)
	if err != nil {
		return f, err
	}
	if f.clusterGone() {
		return f, nil
	}
	cluster := client.ObjectKeyFromObject(f.cluster)
	if f.node, f.known, err = r.Nodes.Node(cluster, m.Spec.Hostname); err != nil {
		return f, fmt.Errorf("reading node %s: %w", m.Spec.Hostname, err)
	}
	if f.deleting() {
		return f, r.gatherPods(ctx, &f)
	}
	if f.wantsStop() {
		return f, r.gatherStop(ctx, &f)
	}
	return f, errors.Join(r.gatherPrerequisites(ctx, &f), r.gatherReplacement(ctx, &f))
}

func (r *Reconciler) gatherOwners(ctx context.Context, f *facts) error {
	m := f.machine
	cluster, set := &v1alpha1.ManagedCluster{}, &v1alpha1.ScaleSet{}
	found, err := r.find(ctx, types.NamespacedName{Namespace: m.Namespace, Name: m.Spec.Cluster}, cluster)
	if err != nil {
		return err
	}
	if found {
		f.cluster = cluster
	}
	found, err = r.find(ctx, types.NamespacedName{Namespace: m.Namespace, Name: m.Spec.ScaleSet}, set)
	f.scaleSetDeleted = !found || set.DeletionTimestamp != nil
	f.halted = !f.scaleSetDeleted && set.Spec.Halted && !m.Spec.Surge // a surge machine goes whatever was aborted
	f.stopping.alone = !f.scaleSetDeleted && set.Spec.Deallocated(m)
	if err != nil || !f.deleting() {
		return err
	}
	return r.gatherPool(ctx, f)
}

// gatherPool reads how the pool of a machine is deleted, and whether the whole cluster stops meanwhile.
func (r *Reconciler) gatherPool(ctx context.Context, f *facts) error {
	pool, err := r.pool(ctx, f)
	if err != nil || pool == nil {
		return err
	}
	f.ignoreBudgets = v1alpha1.IgnoresBudgets(pool)
	if pool.Spec.ClusterPowerState == v1alpha1.Stopped {
		f.stopping.since, f.stopping.cluster = v1alpha1.CurrentOperation(pool).StartedAt.Time, true
	}
	return nil
}

// pool of the machine; nil if it does not exist.
func (r *Reconciler) pool(ctx context.Context, f *facts) (*v1alpha1.AgentPool, error) {
	pool := &v1alpha1.AgentPool{}
	found, err := r.find(ctx, types.NamespacedName{Namespace: f.machine.Namespace, Name: f.machine.Labels[v1alpha1.LabelPool]}, pool)
	if err != nil || !found {
		return nil, err
	}
	return pool, nil
}

// gatherPlace reads what is in the namespace of the cluster's machines. In one that belongs to something else this machine has nothing, whatever
// has its name there.
func (r *Reconciler) gatherPlace(ctx context.Context, f *facts) error {
	namespace := &corev1.Namespace{}
	found, err := r.find(ctx, types.NamespacedName{Name: v1alpha1.NodesNamespace(f.machine.Spec.Cluster)}, namespace)
	if err != nil {
		return err
	}
	if found && !v1alpha1.PartOf(namespace, f.machine.Labels[v1alpha1.LabelSubscription], f.machine.Spec.Cluster) {
		f.foreign, f.instance.Phase = true, provider.Absent
		return nil
	}
	f.namespace = found
	return r.gatherInstance(ctx, f)
}

func (r *Reconciler) gatherInstance(ctx context.Context, f *facts) error {
	state, err := r.Provider.State(ctx, ref(f.machine))
	if err != nil {
		return err
	}
	f.instance = state
	secret := &corev1.Secret{}
	found, err := r.find(ctx, fileKey(f.machine), secret)
	if err != nil || !found {
		return err
	}
	file, err := bootstrap.ReadFile(secret)
	f.file = &file
	return err
}

func (r *Reconciler) gatherPrerequisites(ctx context.Context, f *facts) error {
	release := &v1alpha1.Release{}
	found, err := r.find(ctx, types.NamespacedName{Name: f.machine.Spec.Model.Release}, release)
	if err != nil {
		return err
	}
	if found {
		f.release = release
	}
	// An error means that there is no credential yet, and so no authority: decide waits for it.
	if config, err := r.Config(ctx, r.Client, f.cluster); err == nil {
		f.clusterCA = string(config.CAData)
	}
	return nil
}

// gatherPods of a cordoned node. Before it is cordoned, more Pods could be scheduled to it.
func (r *Reconciler) gatherPods(ctx context.Context, f *facts) error {
	if !f.known || !f.cordoned() || !f.ready() {
		return nil
	}
	hosted, err := r.Hosted.For(ctx, f.cluster)
	if err != nil {
		return err
	}
	pods, err := drain.Pods(ctx, hosted, f.machine.Spec.Hostname)
	f.pods = drain.Decide(pods)
	return err
}

func (r *Reconciler) find(ctx context.Context, key types.NamespacedName, o client.Object) (bool, error) {
	err := r.Get(ctx, key, o)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// fileKey of the Secret that holds a machine's boot file. It is named like the Pod.
func fileKey(m *v1alpha1.Machine) client.ObjectKey {
	return client.ObjectKey{Namespace: v1alpha1.NodesNamespace(m.Spec.Cluster), Name: m.Spec.Hostname}
}
