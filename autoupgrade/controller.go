package autoupgrade

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
	"lotse.dev/release"
)

// Upgrades asks for upgrades as a person's requests do; arm.Server has it. Each returns why the request is refused, or "". Nothing is changed then. The error
// means that the request could not be decided.
type Upgrades interface {
	AutoUpgrade(ctx context.Context, c *v1alpha1.ManagedCluster, to release.Version, pools map[string]release.Version, correlationID string) (refused string, err error)
	AutoUpgradeNodeImage(ctx context.Context, c *v1alpha1.ManagedCluster, pool, correlationID string) (refused string, err error)
}

// Reconciler upgrades clusters by their channels.
type Reconciler struct {
	client.Client
	// Live reads what the front door has written a moment ago, which the cache may lack.
	Live     client.Reader
	Clock    clock.PassiveClock
	Recorder events.EventRecorder
	Upgrades Upgrades
	// MaxPercent of the clusters are upgraded at the same time, one at least.
	MaxPercent int

	// turn is held from counting the clusters that are being upgraded until one more is.
	turn sync.Mutex
}

// recheck is how often a cluster with a channel is looked at: its clock may be set, and what was in the way may have passed.
const recheck = 30 * time.Second

// retry is when an upgrade that was refused is asked for again: the check before it asks much of the cluster.
const retry = 5 * time.Minute

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	// Its own writes of the status must not cause another look.
	progressed := builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, ended))
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.ManagedCluster{}, progressed).
		Watches(&v1alpha1.AgentPool{}, handler.EnqueueRequestsFromMapFunc(clusterOf), progressed).
		Watches(&v1alpha1.MaintenanceConfiguration{}, handler.EnqueueRequestsFromMapFunc(clusterOf), builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	return reconcile.Complete(mgr, "autoupgrade", &v1alpha1.ManagedCluster{}, b, r)
}

// ended lets the ends of operations through: what they were in the way of may begin.
var ended = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(v1alpha1.Tracked)
		after, too := e.ObjectNew.(v1alpha1.Tracked)
		return ok && too && before.GetProgress().ObservedGeneration != after.GetProgress().ObservedGeneration
	},
}

// clusterOf a pool or a maintenance configuration.
func clusterOf(_ context.Context, o client.Object) []ctrl.Request {
	name := ""
	switch o := o.(type) {
	case *v1alpha1.AgentPool:
		name = o.Spec.Cluster
	case *v1alpha1.MaintenanceConfiguration:
		name = o.Spec.Cluster
	default:
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: name}}}
}

// Reconcile one cluster.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	c := &v1alpha1.ManagedCluster{}
	if err := r.Get(ctx, request.NamespacedName, c); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	facts, err := r.gather(ctx, c)
	if err != nil {
		return ctrl.Result{}, err
	}
	d, again := Decide(facts), recheck
	refused, err := r.begin(ctx, c, &d)
	if err != nil {
		return ctrl.Result{}, err
	}
	if refused {
		d.Look, again = time.Time{}, retry
	}
	if err := r.record(ctx, c, d.Next); err != nil || d.Next == nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: pause(d.Look, facts.Now, again)}, nil
}

// gather what a decision needs. Clusters without a channel need nothing.
func (r *Reconciler) gather(ctx context.Context, c *v1alpha1.ManagedCluster) (Facts, error) {
	f := Facts{Cluster: c, Now: r.Clock.Now()}
	if c.Spec.KubernetesChannel() == "" && c.Spec.NodeImageChannel() == "" {
		return f, nil
	}
	var pools v1alpha1.AgentPoolList
	var windows v1alpha1.MaintenanceConfigurationList
	var releases v1alpha1.ReleaseList
	own := []client.ListOption{client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: c.Name}}
	if err := r.List(ctx, &pools, own...); err != nil {
		return f, fmt.Errorf("listing the pools of cluster %s: %w", c.Name, err)
	}
	if err := r.List(ctx, &windows, own...); err != nil {
		return f, fmt.Errorf("listing the maintenance configurations of cluster %s: %w", c.Name, err)
	}
	if err := r.List(ctx, &releases); err != nil {
		return f, fmt.Errorf("listing releases: %w", err)
	}
	f.Pools, f.Releases = pools.Items, releases.Items
	for _, m := range windows.Items {
		if c.IsOwner(m.OwnerReferences) {
			f.Maintenance = append(f.Maintenance, m.Spec)
		}
	}
	return f, nil
}

// begin what may begin; what may begin otherwise, if that is refused. It reports whether anything was.
func (r *Reconciler) begin(ctx context.Context, c *v1alpha1.ManagedCluster, d *Decision) (refused bool, err error) {
	for d.Start != nil {
		waits, no, err := r.start(ctx, c, *d.Start)
		if err != nil {
			return refused, err
		}
		d.wait(waits)
		if !no {
			break
		}
		refused = true
		d.Start, d.Otherwise = d.Otherwise, nil
	}
	return refused, nil
}

// start an upgrade, unless enough clusters are being upgraded. It returns what it waits for, or "", and whether it was refused.
func (r *Reconciler) start(ctx context.Context, c *v1alpha1.ManagedCluster, u Upgrade) (waits string, refused bool, err error) {
	if waits, err = r.full(ctx, r.Client); waits != "" || err != nil {
		return waits, false, err
	}
	// The check before an upgrade asks the cluster, which may answer late: nobody waits for another's, and each decides anew when its turn has come.
	if !r.turn.TryLock() {
		return "It waits for its turn: the upgrade of another cluster is being asked for.", false, nil
	}
	defer r.turn.Unlock()
	if waits, err = r.full(ctx, r.Live); waits != "" || err != nil {
		return waits, false, err
	}
	what := "Kubernetes " + u.To.String()
	if u.NodeImage != "" {
		what = "node image " + u.NodeImage + " of agent pool " + u.Pool
		waits, err = r.Upgrades.AutoUpgradeNodeImage(ctx, c, u.Pool, CorrelationID(u))
	} else {
		waits, err = r.Upgrades.AutoUpgrade(ctx, c, u.To, u.Pools, CorrelationID(u))
	}
	if err != nil {
		return "", false, fmt.Errorf("asking for %s of cluster %s: %w", what, c.Name, err)
	}
	if waits != "" {
		return "It was refused, and is tried again: " + waits, true, nil
	}
	r.Recorder.Eventf(c, nil, corev1.EventTypeNormal, "AutomaticUpgrade", "Upgrade", "Upgrading to %s by the cluster's channel", what)
	return "", false, nil
}

// full says why no further cluster may begin; "" if one may.
func (r *Reconciler) full(ctx context.Context, from client.Reader) (string, error) {
	var clusters v1alpha1.ManagedClusterList
	var pools v1alpha1.AgentPoolList
	for _, list := range []client.ObjectList{&clusters, &pools} {
		if err := from.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return "", fmt.Errorf("counting the clusters that are being upgraded: %w", err)
		}
	}
	return FleetOf(clusters.Items, pools.Items).Full(r.MaxPercent), nil
}

// wait shows what the upgrade that could begin now waits for; "" for nothing: it begins.
func (d *Decision) wait(waits string) {
	p := d.Next.Kubernetes
	if d.Start.NodeImage != "" {
		p = d.Next.NodeImage
	}
	p.Message = cmp.Or(waits, "It begins now.")
}

// record what is new. This controller alone writes this part of the status, so no optimistic lock is needed.
func (r *Reconciler) record(ctx context.Context, c *v1alpha1.ManagedCluster, next *v1alpha1.AutoUpgrade) error {
	if equality.Semantic.DeepEqual(c.Status.AutoUpgrade, next) {
		return nil
	}
	before := c.DeepCopy()
	after := c.DeepCopy()
	after.Status.AutoUpgrade = next
	return client.IgnoreNotFound(r.Status().Patch(ctx, after, client.MergeFrom(before), client.FieldOwner(v1alpha1.FieldManager)))
}

// pause until a cluster is looked at again.
func pause(look, now time.Time, longest time.Duration) time.Duration {
	if look.IsZero() {
		return longest
	}
	return min(longest, max(time.Second, look.Sub(now)))
}
