package machine

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/hosted"
	"lotse.dev/machine/podcidr"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/pulltoken"
	"lotse.dev/pki"
	"lotse.dev/reconcile"
)

// Hosted returns clients of hosted clusters whose errors are marked as theirs (reconcile.Hosted). It is controlplane/access.Clients.
type Hosted interface {
	For(ctx context.Context, cluster *v1alpha1.ManagedCluster) (client.Client, error)
}

// Nodes returns what is cached of a hosted cluster's nodes. It is hosted.Watches.
type Nodes interface {
	Node(cluster types.NamespacedName, name string) (n *corev1.Node, known bool, err error)
	All(cluster types.NamespacedName) ([]*corev1.Node, error)
}

// Reconciler starts machines and keeps them nodes of their cluster.
type Reconciler struct {
	client.Client
	Clock clock.PassiveClock
	// Real time is that of certificates.
	Real     clock.PassiveClock
	Recorder events.EventRecorder
	Provider provider.Provider
	Hosted   Hosted
	// Config holds a hosted cluster's certificate authority.
	Config hosted.Config
	Nodes  Nodes
	// NodeEvents are sent when what Nodes returns has changed.
	NodeEvents hosted.Source
	// Registry as machines reach it.
	Registry boot.Registry
	// Authority of a hosted cluster, which signs machines' first certificates. It is controlplane/access.Authority; nil for none, and then machines
	// join with their tokens.
	Authority func(ctx context.Context, c client.Reader, cluster *v1alpha1.ManagedCluster) (pki.Authority, error)
	// PullTokens for the images of a machine's subscription; nil for none.
	PullTokens *pulltoken.Minter

	podCIDRs podcidr.Allocator
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	r.Client = client.WithFieldOwner(r.Client, v1alpha1.FieldManager)
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.Machine{}).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(machineOfPod)).
		Watches(&v1alpha1.ManagedCluster{}, handler.EnqueueRequestsFromMapFunc(r.machinesOfCluster), builder.WithPredicates(endpointOrDeletion)).
		Watches(&v1alpha1.ScaleSet{}, handler.EnqueueRequestsFromMapFunc(r.machinesOfScaleSet), builder.WithPredicates(haltOrPower)).
		WatchesRawSource(source.TypedChannel(r.NodeEvents, handler.TypedEnqueueRequestsFromMapFunc(r.machinesOfNode)))
	return reconcile.Complete(mgr, "machine", &v1alpha1.Machine{}, b, r)
}

// Reconcile one machine.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	m := &v1alpha1.Machine{}
	if err := r.Get(ctx, req.NamespacedName, m); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !controllerutil.ContainsFinalizer(m, v1alpha1.Finalizer) {
		if m.DeletionTimestamp != nil {
			return ctrl.Result{}, nil // the teardown is complete
		}
		controllerutil.AddFinalizer(m, v1alpha1.Finalizer)
		return ctrl.Result{}, r.Update(ctx, m)
	}
	f, err := r.gather(ctx, m)
	if err != nil {
		return ctrl.Result{}, err
	}
	d := decide(f, r.Clock.Now())
	failed := r.act(ctx, f, &d)
	if err := r.record(ctx, f, d); err != nil {
		return ctrl.Result{}, errors.Join(failed, err)
	}
	return ctrl.Result{RequeueAfter: d.recheck}, failed
}

// record the status, and an event for each change that users should see.
func (r *Reconciler) record(ctx context.Context, f facts, d decision) error {
	if !controllerutil.ContainsFinalizer(f.machine, v1alpha1.Finalizer) {
		return nil // the machine is gone
	}
	before := f.machine.Status.DeepCopy()
	describe(f, d, metav1.NewTime(r.Clock.Now()))
	if equality.Semantic.DeepEqual(before, &f.machine.Status) {
		return nil
	}
	if err := client.IgnoreNotFound(r.Status().Update(ctx, f.machine)); err != nil {
		return err
	}
	for _, e := range conditionEvents(before.Conditions, f.machine.Status.Conditions) {
		r.Recorder.Eventf(f.machine, nil, e.kind, e.reason, e.action, "%s", e.note)
	}
	return nil
}
