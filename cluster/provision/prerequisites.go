package cluster

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
)

// place finds the release and makes what everything else stands on: the node resource group, the namespaces, and the Services whose
// addresses go into certificates.
func (p *pass) place(ctx context.Context) error {
	var err error
	if p.release, err = p.getRelease(ctx); err != nil {
		return err
	}
	if p.release == nil {
		p.facts.Place = fmt.Sprintf("release %s, which is not installed", p.cluster.Spec.Release)
		return nil
	}
	for _, step := range []func(context.Context) error{p.nodeGroup, p.namespaces, p.services} {
		if err := step(ctx); err != nil || p.facts.Place != "" || p.facts.Refused != nil {
			return err
		}
	}
	return nil
}

// nodeGroup is the resource group that the cluster's infrastructure shows up in.
func (p *pass) nodeGroup(ctx context.Context) error {
	want := nodeGroup(p.cluster)
	have := &v1alpha1.ResourceGroup{}
	err := p.Get(ctx, client.ObjectKeyFromObject(want), have)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return fmt.Errorf("reading node resource group %s: %w", want.Spec.Name, err)
	case err == nil && !strings.EqualFold(have.Spec.ManagedBy, want.Spec.ManagedBy):
		p.facts.Refused = &v1alpha1.OperationError{
			Code: "NodeResourceGroupAlreadyExists",
			Message: fmt.Sprintf("The node resource group %s exists and belongs to something else. Choose another nodeResourceGroup, or delete that group.",
				want.Spec.Name),
		}
		return nil
	case err == nil && have.DeletionTimestamp != nil:
		p.facts.Place = fmt.Sprintf("node resource group %s, which is being deleted", want.Spec.Name)
		return nil
	}
	return p.ensure(ctx, want)
}

func nodeGroup(c *v1alpha1.ManagedCluster) *v1alpha1.ResourceGroup {
	return &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      v1alpha1.ObjectName(v1alpha1.ResourceGroupID(c.Spec.SubscriptionID, c.Spec.NodeResourceGroup)),
			Labels:    map[string]string{v1alpha1.LabelCluster: c.Name, v1alpha1.LabelSubscription: c.Spec.SubscriptionID},
		},
		Spec: v1alpha1.ResourceGroupSpec{Name: c.Spec.NodeResourceGroup, Location: c.Spec.Location, ManagedBy: c.ID()},
	}
}

func (p *pass) namespaces(ctx context.Context) error {
	for _, want := range controlplane.Namespaces(p.placement()) {
		have := &corev1.Namespace{}
		err := p.Get(ctx, client.ObjectKeyFromObject(want), have)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading namespace %s: %w", want.Name, err)
		}
		if err == nil && have.DeletionTimestamp != nil {
			p.facts.Place = fmt.Sprintf("namespace %s of a deleted cluster to go", want.Name)
			return nil
		}
		if err := p.ensure(ctx, want); err != nil {
			return err
		}
	}
	return nil
}

// services makes the Services and writes the endpoint down as soon as it is known: pools and machines need it.
func (p *pass) services(ctx context.Context) error {
	for _, want := range controlplane.Services(p.placement(), p.founding()) {
		if err := p.ensure(ctx, want); err != nil {
			return err
		}
		have := &corev1.Service{}
		err := p.Get(ctx, client.ObjectKeyFromObject(want), have)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading Service %s: %w", want.Name, err)
		}
		if err != nil || !controlplane.HasAddress(have) {
			p.facts.Place = fmt.Sprintf("an address for Service %s", want.Name)
			return nil
		}
		p.noteAddress(have)
	}
	if p.facts.Place != "" {
		return nil
	}
	return p.save(ctx)
}

func (p *pass) noteAddress(s *corev1.Service) {
	if s.Name == controlplane.Etcd {
		p.etcdAddress = s.Spec.ClusterIP
		return
	}
	endpoint, ok := controlplane.EndpointOf(s, p.PublicHost)
	if !ok {
		p.facts.Place = "a node port for the API server"
		return
	}
	p.cluster.Status.Endpoint = endpoint
}
