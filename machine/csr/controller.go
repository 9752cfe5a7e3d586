package csr

import (
	"context"
	"fmt"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/hosted"
	"lotse.dev/reconcile"
)

const (
	// retry interval of a request that cannot be decided yet: a kubelet waits for its certificate.
	retry = time.Second
	// next is when a cluster that has more requests is queued again: behind the others.
	next = time.Millisecond
	// batch of requests that are decided before those of another cluster, and parallel those of them at the same time.
	batch, parallel = 64, 4
)

// Hosted returns clients of hosted clusters whose errors are marked as theirs (reconcile.Hosted). It is controlplane/access.Clients.
type Hosted interface {
	For(ctx context.Context, cluster *v1alpha1.ManagedCluster) (client.Client, error)
}

// Pending names the requests of a cluster that are not decided. It is hosted.Watches.
type Pending interface {
	Requests(cluster types.NamespacedName) ([]string, error)
}

// Reconciler decides on the certificate requests of hosted clusters. Clusters are queued and not requests: one that makes thousands of them
// has one worker like every other.
type Reconciler struct {
	client.Client
	Clock    clock.PassiveClock
	Recorder events.EventRecorder
	Hosted   Hosted
	Pending  Pending
	// Requests are the events of new requests.
	Requests hosted.Source
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	itself := func(_ context.Context, e hosted.Event) []hosted.Event { return []hosted.Event{e} }
	b := builder.TypedControllerManagedBy[hosted.Event](mgr).
		WatchesRawSource(source.TypedChannel(r.Requests, handler.TypedEnqueueRequestsFromMapFunc(itself)))
	cluster := func(e hosted.Event) types.NamespacedName { return e.Cluster }
	return reconcile.CompleteFor(mgr, "machine-csr", &v1alpha1.ManagedCluster{}, cluster, b, r)
}

// Reconcile a batch of the certificate requests of one hosted cluster.
func (r *Reconciler) Reconcile(ctx context.Context, e hosted.Event) (ctrl.Result, error) {
	cluster := &v1alpha1.ManagedCluster{}
	if err := r.Get(ctx, e.Cluster, cluster); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	pending, err := r.Pending.Requests(e.Cluster)
	if err != nil || len(pending) == 0 {
		return ctrl.Result{}, err
	}
	b := round{Reconciler: r, cluster: cluster}
	if b.api, err = r.Hosted.For(ctx, cluster); err != nil {
		return ctrl.Result{}, err
	}
	if b.machines, err = r.machines(ctx, cluster); err != nil {
		return ctrl.Result{}, err
	}
	again, err := b.decideAll(ctx, pending[:min(batch, len(pending))], len(pending) > batch)
	return ctrl.Result{RequeueAfter: again}, err
}

// machines of a cluster by their hostname.
func (r *Reconciler) machines(ctx context.Context, cluster *v1alpha1.ManagedCluster) (map[string]*v1alpha1.Machine, error) {
	list := &v1alpha1.MachineList{}
	err := r.List(ctx, list, client.InNamespace(cluster.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: cluster.Name})
	if err != nil {
		return nil, fmt.Errorf("listing the machines of cluster %s: %w", cluster.Name, err)
	}
	machines := map[string]*v1alpha1.Machine{}
	for i := range list.Items {
		machines[list.Items[i].Spec.Hostname] = &list.Items[i]
	}
	return machines, nil
}

func (r *Reconciler) facts(ctx context.Context, m *v1alpha1.Machine) (*Machine, error) {
	facts := &Machine{Hostname: m.Spec.Hostname, Address: m.Status.Address, Deleting: m.DeletionTimestamp != nil}
	secret := &corev1.Secret{}
	err := r.Get(ctx, client.ObjectKey{Namespace: v1alpha1.NodesNamespace(m.Spec.Cluster), Name: m.Spec.Hostname}, secret)
	if err != nil {
		return facts, client.IgnoreNotFound(err) // without a token only renewals are approved
	}
	if !v1alpha1.PartOf(secret, m.Labels[v1alpha1.LabelSubscription], m.Spec.Cluster) {
		return facts, nil
	}
	file, err := bootstrap.ReadFile(secret)
	if err != nil {
		return facts, err
	}
	facts.Token = file.Token()
	return facts, nil
}

func (r *Reconciler) answer(ctx context.Context, api client.Client, o *certificatesv1.CertificateSigningRequest, d Decision) error {
	condition := certificatesv1.CertificateSigningRequestCondition{
		Type: certificatesv1.CertificateApproved, Status: corev1.ConditionTrue, Reason: "LotseMachine", Message: d.Reason,
		LastUpdateTime: metav1.NewTime(r.Clock.Now()), LastTransitionTime: metav1.NewTime(r.Clock.Now()),
	}
	if d.Verdict == Deny {
		condition.Type = certificatesv1.CertificateDenied
	}
	o.Status.Conditions = append(o.Status.Conditions, condition)
	if err := api.SubResource("approval").Update(ctx, o, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("answering certificate request %s: %w", o.Name, err)
	}
	return nil
}

// recordEvent on the machine, or on the cluster when the request names no machine.
func (r *Reconciler) recordEvent(cluster *v1alpha1.ManagedCluster, m *v1alpha1.Machine, o *certificatesv1.CertificateSigningRequest, d Decision) {
	kind, reason := corev1.EventTypeNormal, "CertificateApproved"
	if d.Verdict == Deny {
		kind, reason = corev1.EventTypeWarning, "CertificateDenied"
	}
	var about client.Object = cluster
	if m != nil {
		about = m
	}
	r.Recorder.Eventf(about, nil, kind, reason, "DecideCertificate", "request %s of %s: %s", o.Name, o.Spec.Username, d.Reason)
}
