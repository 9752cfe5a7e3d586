package provision

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
	"lotse.dev/controlplane"
)

// prerequisites are what everything else depends on: admission from the queue, the release, the node resource group, the namespaces, and the
// Services whose addresses are part of certificates.
type prerequisites struct {
	steps []plan.Step
	// pending is what is waited for; "" if all are met.
	pending string
	// failure is what no waiting repairs.
	failure     *v1alpha1.OperationError
	endpoint    v1alpha1.Endpoint
	etcdAddress string
}

func (f Facts) prerequisites() (prerequisites, error) {
	p := prerequisites{}
	switch {
	case f.Queued():
		// The group costs nothing, and its name must not be taken meanwhile.
		err := f.nodeGroup(&p)
		p.pending = queue.Waiting(f.Ahead)
		return p, err
	case f.Release == nil:
		p.pending = fmt.Sprintf("release %s, which is not installed", f.Cluster.Spec.Release)
		return p, nil
	}
	for _, look := range []func(*prerequisites) error{f.nodeGroup, f.namespaces, f.services} {
		if err := look(&p); err != nil || p.pending != "" || p.failure != nil {
			return p, err
		}
	}
	return p, nil
}

// nodeGroup is the resource group that the cluster's infrastructure shows up in.
func (f Facts) nodeGroup(p *prerequisites) error {
	want := NodeGroup(f.Cluster)
	have, found := find(f.Objects, want)
	switch {
	case found && !strings.EqualFold(have.Spec.ManagedBy, want.Spec.ManagedBy):
		p.failure = &v1alpha1.OperationError{
			Code: "NodeResourceGroupAlreadyExists",
			Message: fmt.Sprintf("The node resource group %s exists and belongs to something else. Choose another nodeResourceGroup, or delete that group.",
				want.Spec.Name),
		}
		return nil
	case found && have.DeletionTimestamp != nil:
		p.pending = fmt.Sprintf("node resource group %s, which is being deleted", want.Spec.Name)
		return nil
	}
	return f.ensure(&p.steps, want)
}

// Group is what is to be done for a cluster's node resource group.
type Group struct {
	Steps   []plan.Step
	Waiting string
	Failure *v1alpha1.OperationError
	// Trouble kept it from being rendered.
	Trouble error
}

// NodeGroupOf a cluster that has never been started. Others have theirs.
func NodeGroupOf(f Facts) Group {
	if !f.Cluster.NeverStarted() {
		return Group{}
	}
	p := prerequisites{}
	err := f.nodeGroup(&p)
	return Group{Steps: p.steps, Waiting: p.pending, Failure: p.failure, Trouble: err}
}

// NodeGroup is the node resource group of a cluster.
func NodeGroup(c *v1alpha1.ManagedCluster) *v1alpha1.ResourceGroup {
	return &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      v1alpha1.ObjectName(v1alpha1.ResourceGroupID(c.Spec.SubscriptionID, c.Spec.NodeResourceGroup)),
			Labels:    map[string]string{v1alpha1.LabelCluster: c.Name, v1alpha1.LabelSubscription: c.Spec.SubscriptionID},
		},
		Spec: v1alpha1.ResourceGroupSpec{Name: c.Spec.NodeResourceGroup, Location: c.Spec.Location, ManagedBy: c.ID()},
	}
}

func (f Facts) namespaces(p *prerequisites) error {
	for _, want := range controlplane.Namespaces(f.ref()) {
		switch have, found := find(f.Objects, want); {
		case found && !f.Cluster.Owns(have):
			p.failure = foreignNamespace(want.Name)
			return nil
		case found && have.DeletionTimestamp != nil:
			p.pending = fmt.Sprintf("namespace %s of a deleted cluster to go", want.Name)
			return nil
		}
		if err := f.ensure(&p.steps, want); err != nil {
			return err
		}
	}
	return nil
}

// foreignNamespace is a namespace of the cluster's name that does not have its labels: taking it over would hand out what is in it.
func foreignNamespace(name string) *v1alpha1.OperationError {
	return &v1alpha1.OperationError{
		Code: "NamespaceAlreadyExists",
		Message: fmt.Sprintf("The namespace %s of the management cluster exists and belongs to something else. Delete this cluster and choose "+
			"another name, or ask the operator of Lotse to remove that namespace.", name),
	}
}

// services give the control plane its addresses.
func (f Facts) services(p *prerequisites) error {
	for _, want := range controlplane.Services(f.ref(), !queue.Provisioned(f.Cluster)) {
		if err := f.ensure(&p.steps, want); err != nil {
			return err
		}
		have, found := find(f.Objects, want)
		if !found || !controlplane.HasAddress(have) {
			p.wait("an address for Service " + want.Name)
			continue
		}
		f.address(p, have)
	}
	return nil
}

func (f Facts) address(p *prerequisites, s *corev1.Service) {
	if s.Name == v1alpha1.ComponentEtcd {
		p.etcdAddress = s.Spec.ClusterIP
		return
	}
	endpoint, complete := controlplane.EndpointOf(s, f.PublicHost)
	if !complete {
		p.wait("a node port for the API server")
		return
	}
	p.endpoint = endpoint
}

// wait for the first of several things.
func (p *prerequisites) wait(pending string) {
	if p.pending == "" {
		p.pending = pending
	}
}
