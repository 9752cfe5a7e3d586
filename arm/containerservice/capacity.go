package containerservice

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/capacity"
)

// admitGrowth decides whether a write may make a cluster as large as it asks for: by quota, and by what the management cluster can hold.
func (p *Provider) admitGrowth(r *route.Request, s state, spec v1alpha1.ManagedClusterSpec, target string) error {
	before, after := s.counted(), s.after(spec)
	if faults := checkQuotas(r.Subscription.Limits(), before, after, target); len(faults) > 0 {
		return fault.Join(faults)
	}
	more := slices.Repeat([]capacity.Request{capacity.Machine}, int(max(0, nodes(after)-nodes(before))))
	if s.cluster == nil {
		more = append(more, controlPlane(nil)...)
	}
	if p.observed == nil || len(more) == 0 {
		return nil
	}
	why, err := p.shortage(r.Context(), more)
	if err != nil || why == "" {
		return err
	}
	return fault.New(fault.AllocationFailed, "Allocation failed. There is no room on this service's machines for what is asked: %s. "+
		"Ask for fewer nodes, delete some first, or let the operator of this service add room.", why).At(target)
}

// shortage says why more Pods would find no host. A management cluster without nodes is one whose nodes cannot be seen.
func (p *Provider) shortage(ctx context.Context, more []capacity.Request) (string, error) {
	var nodes corev1.NodeList
	var pods corev1.PodList
	var clusters v1alpha1.ManagedClusterList
	var pools v1alpha1.AgentPoolList
	for _, list := range []client.ObjectList{&nodes, &pods, &clusters, &pools} {
		if err := p.observed.List(ctx, list); err != nil {
			return "", err
		}
	}
	if len(nodes.Items) == 0 {
		return "", nil
	}
	hosts, waiting := capacity.Hosts(nodes.Items, pods.Items)
	waiting = append(waiting, promised(clusters.Items, pools.Items, pods.Items)...)
	return capacity.Fit(hosts, append(waiting, more...)), nil
}

// promised are the Pods of clusters that were let in and are still to be made.
func promised(clusters []v1alpha1.ManagedCluster, pools []v1alpha1.AgentPool, pods []corev1.Pod) []capacity.Request {
	machines, components := map[string]int{}, map[string][]string{}
	for i := range pods {
		labels := pods[i].Labels
		cluster := labels[v1alpha1.LabelCluster]
		if labels[v1alpha1.LabelMachine] != "" {
			machines[cluster]++
		} else if c := labels[v1alpha1.LabelComponent]; c != "" {
			components[cluster] = append(components[cluster], c)
		}
	}
	members := map[string][]v1alpha1.AgentPool{}
	for _, pool := range pools {
		members[pool.Spec.Cluster] = append(members[pool.Spec.Cluster], pool)
	}
	var all []capacity.Request
	for i := range clusters {
		c := &clusters[i]
		if c.DeletionTimestamp != nil {
			continue
		}
		missing := int(nodes(state{cluster: c, pools: members[c.Name]}.counted())) - machines[c.Name]
		all = append(all, slices.Repeat([]capacity.Request{capacity.Machine}, max(0, missing))...)
		all = append(all, controlPlane(components[c.Name])...)
	}
	return all
}

// controlPlane is what a control plane's Pods request but for the components that are there.
func controlPlane(there []string) []capacity.Request {
	var all []capacity.Request
	for component, r := range capacity.ControlPlane {
		if !slices.Contains(there, component) {
			all = append(all, r)
		}
	}
	return all
}
