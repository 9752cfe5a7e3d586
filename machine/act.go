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
	"lotse.dev/machine/boot"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/pulltoken"
	"lotse.dev/machine/size"
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
	case giveTrust:
		return r.giveTrust(ctx, f)
	case renewPullToken:
		return r.renewPullToken(ctx, f)
	case dropCertificate:
		return r.dropCertificate(ctx, f)
	case startInstance:
		return r.Provider.Ensure(ctx, instance(f.machine))
	case deleteInstance:
		return r.Provider.Delete(ctx, ref(f.machine), false)
	case deleteInstanceAtOnce:
		return r.Provider.Delete(ctx, ref(f.machine), true)
	case stopInstance:
		return r.Provider.Stop(ctx, ref(f.machine))
	case reimage:
		return r.Provider.Reimage(ctx, ref(f.machine), f.machine.Spec.Reimages)
	case deleteFile:
		return r.deleteFile(ctx, f.machine)
	case removeFinalizer:
		r.podCIDRs.Release(clusterOf(f.machine), f.machine.Spec.Hostname)
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
	case makeNode:
		return r.makeNode(ctx, hosted, f)
	case givePodCIDR:
		return r.givePodCIDR(ctx, hosted, f)
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
	for _, execute := range []hostedSteps{r.executePower, executeReplacement} {
		if known, err := execute(ctx, s, hosted, f); known {
			return err
		}
	}
	return fmt.Errorf("unknown step %q", s)
}

// hostedSteps executes a step that changes the hosted cluster; known is false for one that it does not know.
type hostedSteps func(ctx context.Context, s step, hosted client.Client, f facts) (known bool, err error)

func (r *Reconciler) writeFile(ctx context.Context, f facts) error {
	file := bootstrap.File{Machine: f.wantedFile(bootstrap.Mint)}
	if f.file == nil {
		var err error
		if file.Pull, err = r.pullToken(f); err != nil {
			return err
		}
		if file.Certificate, err = r.firstCertificate(ctx, f); err != nil {
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
	file.PublishedUntil, file.Pull, file.Certificate, file.Trust = f.file.PublishedUntil, f.file.Pull, f.file.Certificate, f.wantedTrust()
	var err error
	if f.pulls && file.Pull.Due(r.Clock.Now()) {
		if file.Pull, err = r.pullToken(f); err != nil {
			return err
		}
	}
	if f.needsCertificate(r.Clock.Now()) {
		if file.Certificate, err = r.firstCertificate(ctx, f); err != nil {
			return err
		}
	}
	return r.updateFile(ctx, f.machine, file)
}

// giveTrust writes the authorities into the Secret, and has them delivered at once. If only the second fails, they come by themselves a little later.
func (r *Reconciler) giveTrust(ctx context.Context, f facts) error {
	file := *f.file
	file.Trust = f.wantedTrust()
	if err := r.updateFile(ctx, f.machine, file); err != nil {
		return err
	}
	return r.Provider.Deliver(ctx, ref(f.machine), boot.TrustHash(file.Trust))
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

// firstCertificate of a new machine.
func (r *Reconciler) firstCertificate(ctx context.Context, f facts) (bootstrap.Certificate, error) {
	if r.Authority == nil {
		return bootstrap.Certificate{}, nil
	}
	authority, err := r.Authority(ctx, r.Client, f.cluster)
	if err != nil {
		return bootstrap.Certificate{}, err
	}
	return bootstrap.Issue(authority, f.machine.Spec.Hostname, r.Clock.Now(), r.Real.Now())
}

// dropCertificate from the Secret: the kubelet has it on the machine's disk.
func (r *Reconciler) dropCertificate(ctx context.Context, f facts) error {
	file := *f.file
	file.Certificate = bootstrap.Certificate{}
	return r.updateFile(ctx, f.machine, file)
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
	if file.Certificate.Until.Before(r.Clock.Now()) {
		file.Certificate = bootstrap.Certificate{}
	}
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

// revokeToken clears the record of the publication only after the token is gone, and with it the first certificate.
func (r *Reconciler) revokeToken(ctx context.Context, hosted client.Client, f facts) error {
	file := *f.file
	secret := file.Token().Secret(f.machine.Spec.Hostname, file.PublishedUntil)
	if err := client.IgnoreNotFound(hosted.Delete(ctx, secret)); err != nil {
		return err
	}
	file.PublishedUntil, file.Certificate = time.Time{}, bootstrap.Certificate{}
	return r.updateFile(ctx, f.machine, file)
}

// makeNode ahead. If the kubelet was first, its Node is cached in a moment.
func (r *Reconciler) makeNode(ctx context.Context, hosted client.Client, f facts) error {
	cidr, err := r.podCIDR(f)
	if err != nil {
		return err
	}
	model := f.machine.Spec.Model
	s, _ := size.Of(model.VMSize)
	made := node.Ahead(node.Machine{Name: f.machine.Spec.Hostname, Size: s, MaxPods: model.MaxPods, PodCIDR: cidr}, f.identity(), metav1.NewTime(r.Clock.Now()))
	if err := hosted.Create(ctx, made); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// givePodCIDR to a node that its kubelet has registered itself. The API server refuses to replace addresses that a node has.
func (r *Reconciler) givePodCIDR(ctx context.Context, hosted client.Client, f facts) error {
	cidr, err := r.podCIDR(f)
	if err != nil {
		return err
	}
	given := f.node.DeepCopy()
	given.Spec.PodCIDR, given.Spec.PodCIDRs = cidr, []string{cidr}
	return hosted.Patch(ctx, given, client.MergeFrom(f.node))
}

func (r *Reconciler) podCIDR(f facts) (string, error) {
	nodes, err := r.Nodes.All(clusterOf(f.machine))
	if err != nil {
		return "", err
	}
	return r.podCIDRs.For(clusterOf(f.machine), f.machine.Spec.Hostname, f.cluster.Spec.Network.PodCIDR, nodes)
}

func clusterOf(m *v1alpha1.Machine) client.ObjectKey {
	return client.ObjectKey{Namespace: m.Namespace, Name: m.Spec.Cluster}
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
