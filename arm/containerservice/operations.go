package containerservice

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// find the operation in the path, and the cluster and pool it is about, as far as they are still there.
func (p *Provider) find(r *route.Request) (operation.ID, state, *member, error) {
	id, ok := p.seal.Open(r.SubscriptionID(), r.Param("operation"))
	if !ok || (id.Kind != operation.Cluster && id.Kind != operation.Pool) {
		return id, state{}, nil, p.noOperation(r)
	}
	s, m, err := p.subject(r, id)
	if err == nil && s.cluster != nil && !r.May(clusterVerbs+"read", s.cluster.ID()) {
		err = p.noOperation(r)
	}
	return id, s, m, err
}

func (p *Provider) noOperation(r *route.Request) error {
	return fault.New(fault.OperationNotFound, "There is no operation '%s' in location '%s'.", r.Param("operation"), r.Param("location"))
}

// subject loads what the operation is about.
func (p *Provider) subject(r *route.Request, id operation.ID) (state, *member, error) {
	s := state{tenantID: r.Subscription.Spec.TenantID}
	ns, clusterName := v1alpha1.SubscriptionNamespace(r.SubscriptionID()), id.Object
	if id.Kind == operation.Pool {
		pool := &v1alpha1.AgentPool{}
		if err := p.client.Get(r.Context(), client.ObjectKey{Namespace: ns, Name: id.Object}, pool); err != nil {
			return s, nil, client.IgnoreNotFound(err)
		}
		clusterName = pool.Spec.Cluster
	}
	cluster := &v1alpha1.ManagedCluster{}
	if err := p.client.Get(r.Context(), client.ObjectKey{Namespace: ns, Name: clusterName}, cluster); err != nil {
		return s, nil, client.IgnoreNotFound(err)
	}
	s.cluster = cluster
	var err error
	if s.pools, err = inventory.Pools(r.Context(), p.client, r.SubscriptionID(), cluster.Name); err != nil {
		return s, nil, err
	}
	for _, m := range s.members() {
		if m.object != nil && m.object.Name == id.Object {
			return s, &m, nil
		}
	}
	return s, nil, nil
}

func read(id operation.ID, s state, m *member) operation.Status {
	switch {
	case id.Kind == operation.Cluster && s.cluster != nil:
		return operation.Read(id, s.cluster)
	case id.Kind == operation.Pool && m != nil:
		return operation.Read(id, m.object)
	}
	return operation.Read(id, nil)
}

// operationStatus always answers 200 with the operation's state.
func (p *Provider) operationStatus(w http.ResponseWriter, r *route.Request) error {
	id, s, m, err := p.find(r)
	if err != nil {
		return err
	}
	status := read(id, s, m)
	status.ID, status.Name = p.urls(r).Path(id), p.urls(r).Name(id)
	if s.cluster != nil {
		status.ResourceID = s.cluster.ID()
	}
	if !status.Done() {
		w.Header().Set("Retry-After", operation.PollAfter)
	}
	return route.JSON(w, http.StatusOK, status)
}

// operationResult answers 202 until the operation is done, and then like the request would have if it had waited.
func (p *Provider) operationResult(w http.ResponseWriter, r *route.Request) error {
	id, s, m, err := p.find(r)
	if err != nil {
		return err
	}
	switch status := read(id, s, m); {
	case !status.Done():
		p.urls(r).AllHeaders(w.Header(), id)
		w.WriteHeader(http.StatusAccepted)
		return nil
	case status.Error != nil:
		failed := fault.New(fault.OperationFailed, "%s", status.Error.Message)
		failed.Code = status.Error.Code
		return failed
	case id.Delete:
		w.WriteHeader(http.StatusNoContent)
		return nil
	case id.Kind == operation.Pool:
		return route.JSON(w, http.StatusOK, poolBodyOf(s, *m))
	}
	return route.JSON(w, http.StatusOK, clusterBodyOf(s))
}
