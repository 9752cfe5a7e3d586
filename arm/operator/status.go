package operator

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
)

// Status of the service.
type Status struct {
	Time       time.Time   `json:"time"`
	Lotse      []Pod       `json:"lotse"`
	Nodes      []Node      `json:"nodes"`
	Clusters   []Cluster   `json:"clusters"`
	Operations []Operation `json:"operations"`
}

// Pod of Lotse itself.
type Pod struct {
	Name     string `json:"name"`
	Ready    bool   `json:"ready"`
	Restarts int32  `json:"restarts"`
	Message  string `json:"message,omitempty"`
}

// Node of the management cluster. Trouble is what it complains of, such as DiskPressure.
type Node struct {
	Name    string   `json:"name"`
	Ready   bool     `json:"ready"`
	Trouble []string `json:"trouble"`
}

// Cluster as the service sees it.
type Cluster struct {
	ID                string                     `json:"id"`
	ProvisioningState string                     `json:"provisioningState"`
	Availability      *Availability              `json:"availability,omitempty"`
	PowerState        v1alpha1.PowerState        `json:"powerState"`
	Components        []v1alpha1.ComponentHealth `json:"components"`
	// Machines by phase.
	Machines map[string]int `json:"machines"`
	// CertificateWarning says what has to be done about the cluster's certificates.
	CertificateWarning string `json:"certificateWarning,omitempty"`
}

// Availability of a control plane (contract, A8).
type Availability struct {
	Ratio float64   `json:"ratio"`
	Since time.Time `json:"since"`
}

// Operation in progress.
type Operation struct {
	ID            string    `json:"id"`
	Operation     string    `json:"operation"`
	Verb          string    `json:"verb"`
	Since         time.Time `json:"since"`
	Waiting       string    `json:"waiting,omitempty"`
	Percent       int32     `json:"percent"`
	CorrelationID string    `json:"correlationId,omitempty"`
}

func (p *Provider) status(w http.ResponseWriter, r *route.Request) error {
	f, err := p.gather(r.Context())
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, describe(f, p.Clock.Now()))
}

// facts that a status is made of.
type facts struct {
	pods     corev1.PodList
	nodes    corev1.NodeList
	clusters v1alpha1.ManagedClusterList
	machines v1alpha1.MachineList
	// operations are the objects of each kind that has operations.
	operations map[operation.Kind][]provider.Object
}

func (p *Provider) gather(ctx context.Context) (*facts, error) {
	f := &facts{operations: map[operation.Kind][]provider.Object{}}
	if err := p.Client.List(ctx, &f.pods, client.InNamespace(v1alpha1.SystemNamespace)); err != nil {
		return nil, err
	}
	for _, list := range []client.ObjectList{&f.nodes, &f.clusters, &f.machines} {
		if err := p.Client.List(ctx, list); err != nil {
			return nil, err
		}
	}
	for _, registered := range p.Registered {
		for _, o := range registered.Operations {
			objects, err := o.Objects(ctx)
			if err != nil {
				return nil, err
			}
			f.operations[o.Kind] = objects
		}
	}
	return f, nil
}

func describe(f *facts, now time.Time) Status {
	s := Status{Time: now.UTC(), Lotse: []Pod{}, Nodes: []Node{}, Clusters: []Cluster{}, Operations: []Operation{}}
	for i := range f.pods.Items {
		s.Lotse = append(s.Lotse, pod(&f.pods.Items[i]))
	}
	for i := range f.nodes.Items {
		s.Nodes = append(s.Nodes, node(&f.nodes.Items[i]))
	}
	for i := range f.clusters.Items {
		s.Clusters = append(s.Clusters, cluster(&f.clusters.Items[i], f.machines.Items, now))
	}
	for _, kind := range slices.Sorted(maps.Keys(f.operations)) {
		for _, o := range f.operations[kind] {
			s.Operations = append(s.Operations, running(kind, o.Object, o.ID)...)
		}
	}
	slices.SortStableFunc(s.Operations, func(a, b Operation) int { return a.Since.Compare(b.Since) })
	return s
}

func cluster(c *v1alpha1.ManagedCluster, machines []v1alpha1.Machine, now time.Time) Cluster {
	view := Cluster{ID: c.ID(), ProvisioningState: v1alpha1.ProvisioningState(c), PowerState: c.Power(), Components: c.Status.Components, Machines: map[string]int{}}
	view.CertificateWarning = c.CertificateWarning(now)
	if ratio, measured := c.AvailabilityAt(now); measured {
		view.Availability = &Availability{Ratio: ratio, Since: c.Status.Availability.Since.UTC()}
	}
	for i := range machines {
		if machines[i].Spec.Cluster == c.Name {
			view.Machines[machines[i].Phase()]++
		}
	}
	return view
}

func running(kind operation.Kind, o v1alpha1.Tracked, id string) []Operation {
	op := v1alpha1.CurrentOperation(o)
	if op.State != v1alpha1.InProgress && o.GetDeletionTimestamp() == nil {
		return nil
	}
	return []Operation{{
		ID: id, Operation: operation.Of(kind, o).String(), Verb: v1alpha1.ProvisioningState(o), Since: op.StartedAt.UTC(), Waiting: op.Waiting,
		Percent: op.Percent, CorrelationID: op.CorrelationID,
	}}
}

func pod(p *corev1.Pod) Pod {
	view := Pod{Name: p.Name, Message: string(p.Status.Phase)}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			view.Ready = c.Status == corev1.ConditionTrue
		}
	}
	for _, s := range p.Status.ContainerStatuses {
		view.Restarts += s.RestartCount
		if s.State.Waiting != nil {
			view.Message = s.Name + ": " + s.State.Waiting.Reason
		}
	}
	return view
}

func node(n *corev1.Node) Node {
	view := Node{Name: n.Name, Trouble: []string{}}
	for _, c := range n.Status.Conditions {
		switch {
		case c.Type == corev1.NodeReady:
			view.Ready = c.Status == corev1.ConditionTrue
		case c.Status == corev1.ConditionTrue:
			view.Trouble = append(view.Trouble, string(c.Type))
		}
	}
	return view
}
