package cluster

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/power"
	"lotse.dev/cluster/provision"
	"lotse.dev/cluster/queue"
	"lotse.dev/cluster/rotation"
	"lotse.dev/cluster/teardown"
	"lotse.dev/operation"
)

// facts are what is known of one cluster in one reconcile: what was read at its beginning, and what was written since.
type facts struct {
	// cluster is what both decisions are about; before is how it was last read or written.
	cluster, before *v1alpha1.ManagedCluster
	// provision is gathered for clusters that are not being deleted, teardown for those that are.
	provision provision.Facts
	teardown  teardown.Facts
	// power is gathered too for clusters that are to be stopped.
	power power.Facts
}

// trouble that a step met.
func (f *facts) trouble(err error) {
	f.provision.Trouble, f.teardown.Trouble, f.power.Trouble = err, err, err
}

// gather the facts. Everything is read from caches. The facts are nil if there is nothing to decide on.
func (r *Reconciler) gather(ctx context.Context, name client.ObjectKey) (*facts, error) {
	cluster := &v1alpha1.ManagedCluster{}
	if err := r.Get(ctx, name, cluster); err != nil {
		return nil, err
	}
	f := &facts{cluster: cluster, before: cluster.DeepCopy()}
	operation.Begin(cluster, metav1.NewTime(r.Clock.Now()))
	if cluster.DeletionTimestamp != nil {
		return f, r.gatherRemains(ctx, f)
	}
	f.provision = provision.Facts{
		Cluster: cluster, Now: r.Clock.Now(), RealNow: r.Real.Now(),
		PublicHost: r.PublicHost, MaxConcurrent: r.MaxConcurrent, Addons: r.appliedAddons(cluster.UID),
		Secrets: map[string]*corev1.Secret{}, Pools: map[string]*v1alpha1.AgentPool{},
	}
	for _, part := range []func(context.Context, *provision.Facts) error{
		r.gatherQueue, r.gatherPrerequisites, r.gatherControlPlane, r.gatherSecrets, r.gatherPools, r.gatherMachines,
	} {
		if err := part(ctx, &f.provision); err != nil {
			return nil, err
		}
	}
	if cluster.StopWanted() {
		return f, r.gatherPower(ctx, f)
	}
	return f, nil
}

// gatherQueue only for a cluster that is in it: each other one would read all clusters for nothing.
func (r *Reconciler) gatherQueue(ctx context.Context, f *provision.Facts) error {
	if queue.Provisioned(f.Cluster) || queue.IsAdmitted(f.Cluster) {
		return nil
	}
	all := &v1alpha1.ManagedClusterList{}
	if err := r.List(ctx, all, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		return fmt.Errorf("listing the provisioning queue: %w", err)
	}
	f.Ahead = queue.Ahead(f.Cluster, all.Items, f.Now)
	return nil
}

// gatherPrerequisites reads the release, the node resource group, the namespaces, and the policies of the machines' namespace.
func (r *Reconciler) gatherPrerequisites(ctx context.Context, f *provision.Facts) error {
	release := &v1alpha1.Release{}
	found, err := r.find(ctx, client.ObjectKey{Name: f.Cluster.Spec.Release}, release)
	if err != nil {
		return err
	}
	if found {
		f.Release = release
	}
	nodes := v1alpha1.NodesNamespace(f.Cluster.Name)
	for key, o := range map[client.ObjectKey]client.Object{
		client.ObjectKeyFromObject(provision.NodeGroup(f.Cluster)): &v1alpha1.ResourceGroup{},
		{Name: v1alpha1.ControlPlaneNamespace(f.Cluster.Name)}:     &corev1.Namespace{},
		{Name: nodes}: &corev1.Namespace{},
	} {
		found, err := r.find(ctx, key, o)
		if err != nil {
			return err
		}
		if found {
			f.Objects.Add(o)
		}
	}
	policies := &networkingv1.NetworkPolicyList{}
	return r.list(ctx, policies, nodes, func() { f.Objects.Add(objects(policies.Items)...) })
}

func (r *Reconciler) gatherControlPlane(ctx context.Context, f *provision.Facts) error {
	namespace := v1alpha1.ControlPlaneNamespace(f.Cluster.Name)
	services, policies := &corev1.ServiceList{}, &networkingv1.NetworkPolicyList{}
	deployments, sets, pods := &appsv1.DeploymentList{}, &appsv1.StatefulSetList{}, &corev1.PodList{}
	claims := &corev1.PersistentVolumeClaimList{}
	for list, add := range map[client.ObjectList]func(){
		services:    func() { f.Objects.Add(objects(services.Items)...) },
		policies:    func() { f.Objects.Add(objects(policies.Items)...) },
		deployments: func() { f.Objects.Add(objects(deployments.Items)...) },
		sets:        func() { f.Objects.Add(objects(sets.Items)...) },
		claims:      func() { f.Objects.Add(objects(claims.Items)...) },
		pods:        func() { f.Pods = pods.Items },
	} {
		if err := r.list(ctx, list, namespace, add); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) gatherSecrets(ctx context.Context, f *provision.Facts) error {
	secrets := &corev1.SecretList{}
	return r.list(ctx, secrets, v1alpha1.ControlPlaneNamespace(f.Cluster.Name), func() {
		for i := range secrets.Items {
			f.Secrets[secrets.Items[i].Name] = &secrets.Items[i]
		}
	})
}

func (r *Reconciler) gatherPools(ctx context.Context, f *provision.Facts) error {
	pools := &v1alpha1.AgentPoolList{}
	add := func() {
		for i := range pools.Items {
			f.Pools[pools.Items[i].Name] = &pools.Items[i]
		}
	}
	return r.list(ctx, pools, f.Cluster.Namespace, add, client.MatchingLabels{v1alpha1.LabelCluster: f.Cluster.Name})
}

// gatherMachines only while the authorities are rotated: otherwise nothing depends on them.
func (r *Reconciler) gatherMachines(ctx context.Context, f *provision.Facts) error {
	if !provision.Rotating(f.Cluster) {
		return nil
	}
	machines := &v1alpha1.MachineList{}
	add := func() {
		for _, m := range machines.Items {
			if m.DeletionTimestamp != nil {
				continue
			}
			f.Machines = append(f.Machines, rotation.Machine{
				Name: m.Spec.Hostname, Ready: apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady), Trust: m.Status.Trust,
			})
		}
	}
	return r.list(ctx, machines, f.Cluster.Namespace, add, client.MatchingLabels{v1alpha1.LabelCluster: f.Cluster.Name})
}

// list a namespace, and then add what was found.
func (r *Reconciler) list(ctx context.Context, list client.ObjectList, namespace string, add func(), options ...client.ListOption) error {
	if err := r.List(ctx, list, append(options, client.InNamespace(namespace))...); err != nil {
		return fmt.Errorf("reading %T in namespace %s: %w", list, namespace, err)
	}
	add()
	return nil
}

func (r *Reconciler) find(ctx context.Context, key client.ObjectKey, o client.Object) (bool, error) {
	err := r.Get(ctx, key, o)
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("reading %T %s: %w", o, key, err)
	}
	return err == nil, nil
}

// objects are the items of a typed list.
func objects[T any, P interface {
	*T
	client.Object
}](items []T) []client.Object {
	all := make([]client.Object, 0, len(items))
	for i := range items {
		all = append(all, P(&items[i]))
	}
	return all
}
