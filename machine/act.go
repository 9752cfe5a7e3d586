package machine

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/pulltoken"
)

// act executes the steps of a decision in their order, and stops at the first that fails. Each step can be repeated.
func (r *Reconciler) act(ctx context.Context, f facts, d *decision) error {
	for _, s := range d.steps {
		if err := r.execute(ctx, s, f, d); err != nil {
			return fmt.Errorf("machine %s: %s: %w", f.machine.Spec.Hostname, s, err)
		}
	}
	return nil
}

func (r *Reconciler) execute(ctx context.Context, s step, f facts, d *decision) error {
	switch s {
	case writeFile:
		return r.writeFile(ctx, f)
	case renewPullToken:
		return r.renewPullToken(ctx, f)
	case startInstance:
		return r.Provider.Ensure(ctx, instance(f.machine))
	case deleteInstance:
		return r.Provider.Delete(ctx, ref(f.machine), false)
	case deleteInstanceAtOnce:
		return r.Provider.Delete(ctx, ref(f.machine), true)
	case stopInstance:
		return r.Provider.Stop(ctx, ref(f.machine))
	case deleteFile:
		return r.deleteFile(ctx, f.machine)
	case removeFinalizer:
		controllerutil.RemoveFinalizer(f.machine, v1alpha1.Finalizer)
		return client.IgnoreNotFound(r.Update(ctx, f.machine))
	}
	return r.executeHosted(ctx, s, f, d)
}

// executeHosted executes the steps that change the hosted cluster.
func (r *Reconciler) executeHosted(ctx context.Context, s step, f facts, d *decision) error {
	hosted, err := r.Hosted.For(ctx, f.cluster)
	if err != nil {
		return err
	}
	hosted = client.WithFieldOwner(hosted, v1alpha1.FieldManager)
	switch s {
	case publishToken:
		return r.publishToken(ctx, hosted, f)
	case revokeToken:
		return r.revokeToken(ctx, hosted, f)
	case syncNode:
		return syncNodeTo(ctx, hosted, f)
	case deleteNode:
		return client.IgnoreNotFound(hosted.Delete(ctx, f.node, client.Preconditions{UID: &f.node.UID}))
	case cordon:
		return cordonNode(ctx, hosted, f.node)
	case evict:
		return drainBy(ctx, drain.Evict, hosted, f.pods, d)
	case deletePods:
		return drainBy(ctx, drain.Delete, hosted, f.pods, d)
	}
	if known, err := r.executePower(ctx, s, hosted, f); known {
		return err
	}
	return fmt.Errorf("unknown step %q", s)
}

func (r *Reconciler) writeFile(ctx context.Context, f facts) error {
	file := bootstrap.File{Machine: f.wantedFile(bootstrap.Mint)}
	if f.file == nil {
		var err error
		if file.Pull, err = r.pullToken(f); err != nil {
			return err
		}
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: fileKey(f.machine).Namespace, Name: fileKey(f.machine).Name, Labels: ownLabels(f.machine),
		}}
		if err := file.Write(secret); err != nil {
			return err
		}
		return r.Create(ctx, secret)
	}
	file.PublishedUntil, file.Pull = f.file.PublishedUntil, f.file.Pull
	if f.pulls && file.Pull.Due(r.Clock.Now()) {
		var err error
		if file.Pull, err = r.pullToken(f); err != nil {
			return err
		}
	}
	return r.updateFile(ctx, f.machine, file)
}

// renewPullToken in the Secret; the machine's agent sees it there.
func (r *Reconciler) renewPullToken(ctx context.Context, f facts) (err error) {
	file := *f.file
	if file.Pull, err = r.pullToken(f); err != nil {
		return err
	}
	return r.updateFile(ctx, f.machine, file)
}

func (r *Reconciler) pullToken(f facts) (pulltoken.Token, error) {
	if r.PullTokens == nil {
		return pulltoken.Token{}, nil
	}
	return r.PullTokens.Mint(pulltoken.Machine{
		Name: fileKey(f.machine).String(), Subscription: f.cluster.Spec.SubscriptionID, ClusterUID: string(f.cluster.UID),
	}, r.Clock.Now())
}

// updateFile fails with a conflict if the Secret has changed since it was read.
func (r *Reconciler) updateFile(ctx context.Context, m *v1alpha1.Machine, file bootstrap.File) error {
	secret := &corev1.Secret{}
	if err := r.Get(ctx, fileKey(m), secret); err != nil {
		return err
	}
	if err := file.Write(secret); err != nil {
		return err
	}
	return r.Update(ctx, secret)
}

func (r *Reconciler) deleteFile(ctx context.Context, m *v1alpha1.Machine) error {
	key := fileKey(m)
	return client.IgnoreNotFound(r.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}))
}

// publishToken records the publication before it happens, so that the token is revoked even if the process dies in between.
func (r *Reconciler) publishToken(ctx context.Context, hosted client.Client, f facts) error {
	file := *f.file
	file.PublishedUntil = r.Clock.Now().Add(bootstrap.Lifetime).Truncate(time.Second)
	if err := r.updateFile(ctx, f.machine, file); err != nil {
		return err
	}
	secret := file.Token().Secret(f.machine.Spec.Hostname, file.PublishedUntil)
	err := hosted.Create(ctx, secret)
	if apierrors.IsAlreadyExists(err) {
		return hosted.Update(ctx, secret)
	}
	return err
}

// revokeToken clears the record of the publication only after the token is gone.
func (r *Reconciler) revokeToken(ctx context.Context, hosted client.Client, f facts) error {
	file := *f.file
	secret := file.Token().Secret(f.machine.Spec.Hostname, file.PublishedUntil)
	if err := client.IgnoreNotFound(hosted.Delete(ctx, secret)); err != nil {
		return err
	}
	file.PublishedUntil = time.Time{}
	return r.updateFile(ctx, f.machine, file)
}

// syncNodeTo patches the version that was read: a merge patch replaces all taints, and the cluster's node controllers add theirs.
func syncNodeTo(ctx context.Context, hosted client.Client, f facts) error {
	synced, _ := node.Synced(f.node, f.identity())
	return hosted.Patch(ctx, synced, client.MergeFromWithOptions(f.node, client.MergeFromWithOptimisticLock{}))
}

// drainer ends the Pods of a plan, and returns what that waits for.
type drainer func(context.Context, client.Client, drain.Plan) (waiting string, err error)

// drainBy evicting or deleting Pods. If that fails, what the decision waits for stays.
func drainBy(ctx context.Context, end drainer, hosted client.Client, pods drain.Plan, d *decision) error {
	waiting, err := end(ctx, hosted, pods)
	if err == nil {
		d.waiting = waiting
	}
	return err
}

func cordonNode(ctx context.Context, hosted client.Client, n *corev1.Node) error {
	cordoned := n.DeepCopy()
	cordoned.Spec.Unschedulable = true
	return hosted.Patch(ctx, cordoned, client.MergeFrom(n))
}
