package arm_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
	"lotse.dev/pki"
)

// operator does to objects what the controllers would, at once.
type operator struct {
	client client.Client
	paused pause
	// fail is why the next operations fail.
	fail atomic.Pointer[v1alpha1.OperationError]
	// failPool is why the next operations of pools fail.
	failPool atomic.Pointer[v1alpha1.OperationError]
}

// pause stops rounds. Who sets it knows that no round runs any more.
type pause struct {
	mu sync.Mutex
	on bool
}

func (p *pause) Store(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on = on
}

func (p *pause) unless(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.on {
		do()
	}
}

func startOperator(t *testing.T, c client.Client) *operator {
	o := &operator{client: c}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			o.paused.unless(func() { o.round(ctx) })
			time.Sleep(30 * time.Millisecond)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return o
}

// round ignores errors: the next round tries again.
func (o *operator) round(ctx context.Context) {
	var groups v1alpha1.ResourceGroupList
	var clusters v1alpha1.ManagedClusterList
	o.pools(ctx)
	_ = o.client.List(ctx, &clusters)
	for i := range clusters.Items {
		o.cluster(ctx, &clusters.Items[i])
	}
	_ = o.client.List(ctx, &groups)
	for i := range groups.Items {
		if g := &groups.Items[i]; g.DeletionTimestamp != nil {
			controllerutil.RemoveFinalizer(g, v1alpha1.Finalizer)
			_ = o.client.Update(ctx, g)
		}
	}
}

func (o *operator) pools(ctx context.Context) {
	var pools v1alpha1.AgentPoolList
	_ = o.client.List(ctx, &pools)
	for i := range pools.Items {
		o.pool(ctx, &pools.Items[i])
	}
}

func (o *operator) pool(ctx context.Context, p *v1alpha1.AgentPool) {
	if p.Status.ObservedGeneration == p.Generation {
		return
	}
	p.Status.NodeImageVersion, p.Status.CurrentOrchestratorVersion, p.Status.ReadyNodes = "LotseDebian-12", p.Spec.OrchestratorVersion, p.Spec.Count
	operation.Settle(p, "Pool", operation.Outcome{Failure: o.failPool.Load()}, metav1.Now())
	_ = o.client.Status().Update(ctx, p)
}

func (o *operator) cluster(ctx context.Context, c *v1alpha1.ManagedCluster) {
	if c.DeletionTimestamp != nil {
		_ = o.client.DeleteAllOf(ctx, &v1alpha1.AgentPool{}, client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: c.Name})
		controllerutil.RemoveFinalizer(c, v1alpha1.Finalizer)
		_ = o.client.Update(ctx, c)
		return
	}
	if c.Status.ObservedGeneration == c.Generation {
		return
	}
	operation.Begin(c, metav1.Now())
	if c.Spec.PowerState == v1alpha1.Stopped && c.NeverStarted() {
		c.Status.PowerState = v1alpha1.Stopped
		operation.Settle(c, "Cluster", operation.Outcome{}, metav1.Now())
		_ = o.client.Status().Update(ctx, c)
		return
	}
	for _, profile := range c.Spec.PoolProfiles {
		o.profile(ctx, c, profile)
	}
	o.pools(ctx) // a cluster is done when its pools are
	o.authorities(ctx, c)
	c.Status.PoolsAppliedGeneration = c.Generation
	c.Status.CurrentKubernetesVersion = c.Spec.KubernetesVersion
	c.Status.Endpoint = v1alpha1.Endpoint{Host: "100.98.0.1", Port: 30443, InternalHost: "100.97.0.20", InternalPort: 6443, TunnelPort: 8132}
	o.power(ctx, c)
	operation.Settle(c, "Cluster", operation.Outcome{Failure: o.fail.Load()}, metav1.Now())
	_ = o.client.Status().Update(ctx, c)
}

// power stops a cluster and its pools, or starts them again, unless that is to fail.
func (o *operator) power(ctx context.Context, c *v1alpha1.ManagedCluster) {
	if o.fail.Load() != nil {
		return
	}
	c.Status.PowerState = v1alpha1.Running
	if c.Spec.PowerState == v1alpha1.Stopped {
		c.Status.PowerState = v1alpha1.Stopped
	}
	var pools v1alpha1.AgentPoolList
	_ = o.client.List(ctx, &pools, client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: c.Name})
	for i := range pools.Items {
		if p := &pools.Items[i]; p.Spec.ClusterPowerState != c.Spec.PowerState {
			p.Spec.ClusterPowerState = c.Spec.PowerState
			_ = o.client.Update(ctx, p)
			o.pool(ctx, p)
		}
	}
}

// profile creates or updates a pool, as the cluster's controller does.
func (o *operator) profile(ctx context.Context, c *v1alpha1.ManagedCluster, profile v1alpha1.PoolProfile) {
	want := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      v1alpha1.ObjectName(v1alpha1.AgentPoolID(c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name, profile.Name)),
			Labels:    map[string]string{v1alpha1.LabelCluster: c.Name},
		},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: c.Name, Name: profile.Name, AgentPoolSpec: profile.AgentPoolSpec},
	}
	have := &v1alpha1.AgentPool{}
	if o.client.Get(ctx, client.ObjectKeyFromObject(want), have) != nil {
		_ = o.client.Create(ctx, want, client.FieldOwner(v1alpha1.FieldManager))
		return
	}
	have.Spec = want.Spec
	_ = o.client.Update(ctx, have, client.FieldOwner(v1alpha1.FieldManager))
}

// authorities of a cluster are the same until it ends.
func (o *operator) authorities(ctx context.Context, c *v1alpha1.ManagedCluster) {
	ns := v1alpha1.ControlPlaneNamespace(c.Name)
	_ = o.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}})
	data, err := pki.Complete(nil, time.Now())
	if err != nil {
		panic(err)
	}
	_ = o.client.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: v1alpha1.SecretPKI, Labels: map[string]string{
		v1alpha1.LabelCluster: c.Name, v1alpha1.LabelSubscription: c.Spec.SubscriptionID,
	}}, Data: data})
}
