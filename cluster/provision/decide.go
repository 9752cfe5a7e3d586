package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
)

// pass is one walk over one cluster: what it read, and the facts it found.
type pass struct {
	*Reconciler
	cluster *v1alpha1.ManagedCluster
	// before is the cluster as it was last written.
	before *v1alpha1.ManagedCluster
	facts  Facts
	// asking an API server that was just started, which sends no event when it begins to answer.
	asking bool

	release     *v1alpha1.Release
	etcdAddress string
	contents    credentials.Contents
	podList     corev1.PodList
	deployments appsv1.DeploymentList
	stores      appsv1.StatefulSetList
}

// newPass starts from what the last pass knew, so that a step that is not reached says nothing new.
func newPass(r *Reconciler, cluster *v1alpha1.ManagedCluster) *pass {
	return &pass{Reconciler: r, cluster: cluster, before: cluster.DeepCopy(), facts: Facts{
		Components:   cluster.Status.Components,
		PoolsApplied: cluster.Status.PoolsAppliedGeneration == cluster.Generation,
	}}
}

// run takes the steps. The first four build on each other; the others do not, and none of them keeps the next from running, so that
// machines boot while the control plane starts.
func (p *pass) run(ctx context.Context) error {
	if err := p.turn(ctx); err != nil || p.facts.Place != "" {
		return err
	}
	if err := p.place(ctx); err != nil || p.facts.Place != "" || p.facts.Refused != nil {
		return err
	}
	if err := p.credentials(ctx); err != nil {
		return err
	}
	if err := p.observe(ctx); err != nil {
		return err
	}
	if err := p.components(ctx); err != nil {
		return err
	}
	p.health()
	poolsErr := p.pools(ctx)
	if err := p.addons(ctx); err != nil {
		return err
	}
	return poolsErr
}

// components makes the control plane what its release renders to.
func (p *pass) components(ctx context.Context) error {
	quota, err := etcdQuota(p.cluster)
	if err != nil {
		return err
	}
	s := controlplane.Spec{
		Place:            p.placement(),
		Images:           p.release.Spec.Images,
		Network:          p.cluster.Spec.Network,
		Endpoint:         p.cluster.Status.Endpoint,
		EtcdAddress:      p.etcdAddress,
		EtcdQuota:        quota,
		CredentialHashes: map[string]string{},
	}
	if missing := s.Missing(); len(missing) > 0 {
		return fmt.Errorf("release %s has no image of %s; install a complete release", p.release.Name, strings.Join(missing, ", "))
	}
	for name, data := range p.contents {
		s.CredentialHashes[name] = controlplane.Hash(data)
	}
	for _, o := range controlplane.Components(s) {
		if !controlplane.Due(o, p.exists(controlplane.APIServer), p.podList.Items) {
			continue
		}
		if err := p.ensure(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// leastQuota holds what a cluster needs for itself.
const leastQuota = 16 << 20

// etcdQuota is the operator's word on the size of the cluster's store; 0 if there is none. A store's volume has room for the usual one.
func etcdQuota(c *v1alpha1.ManagedCluster) (int64, error) {
	text := c.Annotations[v1alpha1.AnnotationEtcdQuota]
	if text == "" {
		return 0, nil
	}
	quota, err := resource.ParseQuantity(text)
	if err != nil || quota.Value() < leastQuota || quota.Value() > controlplane.EtcdQuota {
		return 0, fmt.Errorf("annotation %s of cluster %s is %q; write a size from %dMi to %dMi, such as 512Mi, or take it away",
			v1alpha1.AnnotationEtcdQuota, c.Name, text, leastQuota>>20, controlplane.EtcdQuota>>20)
	}
	return quota.Value(), nil
}

// observe reads the Pods and workloads of the control plane, for the steps after it.
func (p *pass) observe(ctx context.Context) error {
	namespace := client.InNamespace(p.placement().Namespace())
	if err := p.List(ctx, &p.podList, namespace); err != nil {
		return fmt.Errorf("listing the control plane's Pods: %w", err)
	}
	if err := p.List(ctx, &p.deployments, namespace); err != nil {
		return fmt.Errorf("listing the control plane's Deployments: %w", err)
	}
	if err := p.List(ctx, &p.stores, namespace); err != nil {
		return fmt.Errorf("listing the control plane's StatefulSets: %w", err)
	}
	return nil
}

// health says how the components are and how far rollouts are.
func (p *pass) health() {
	p.facts.Components = Health(p.cluster.Status.Components, p.podList.Items, p.cluster.Status.Store, p.now())
	p.cluster.Status.Availability = v1alpha1.MeasureAvailability(p.cluster.Status.Availability, p.cluster.Status.Components,
		p.facts.Components, p.now())
	p.facts.Rolling = Rolling(p.stores.Items, p.deployments.Items)
	p.cluster.Status.Components = p.facts.Components
}

// exists tells whether a Deployment was observed.
func (p *pass) exists(deployment string) bool {
	return slices.ContainsFunc(p.deployments.Items, func(d appsv1.Deployment) bool { return d.Name == deployment })
}

// Rolling names the workloads whose Pods are not all what was last rendered.
func Rolling(stores []appsv1.StatefulSet, deployments []appsv1.Deployment) []string {
	var rolling []string
	for _, store := range stores {
		if s := store.Status; s.ObservedGeneration < store.Generation || s.UpdatedReplicas < s.Replicas {
			rolling = append(rolling, store.Name)
		}
	}
	for _, d := range deployments {
		if s := d.Status; s.ObservedGeneration < d.Generation || s.UpdatedReplicas < s.Replicas {
			rolling = append(rolling, d.Name)
		}
	}
	return rolling
}

// founding tells whether the cluster has never been up.
func (p *pass) founding() bool { return p.cluster.Status.CurrentKubernetesVersion == "" }

// ready tells whether a component answered its probe last.
func (p *pass) ready(component string) bool {
	for _, c := range p.facts.Components {
		if c.Name == component {
			return c.Healthy
		}
	}
	return false
}

// save writes the status if it is news. The lock makes sure that nothing newer is overwritten with what an old cache said.
func (p *pass) save(ctx context.Context) error {
	if equality.Semantic.DeepEqual(p.before.Status, p.cluster.Status) {
		return nil
	}
	patch := client.MergeFromWithOptions(p.before, client.MergeFromWithOptimisticLock{})
	if err := p.Status().Patch(ctx, p.cluster, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	p.before = p.cluster.DeepCopy()
	return nil
}

// getRelease is nil if there is none of the cluster's.
func (p *pass) getRelease(ctx context.Context) (*v1alpha1.Release, error) {
	release := &v1alpha1.Release{}
	err := p.Get(ctx, client.ObjectKey{Name: p.cluster.Spec.Release}, release)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading release %s: %w", p.cluster.Spec.Release, err)
	}
	return release, nil
}

func (p *pass) placement() controlplane.Place {
	return controlplane.Place{Cluster: p.cluster.Name, Subscription: p.cluster.Spec.SubscriptionID}
}
