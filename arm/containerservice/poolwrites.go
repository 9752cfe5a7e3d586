package containerservice

import (
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

func (p *Provider) putPool(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	name := r.Param("pool")
	if err := naming.Pool(name, "agentPoolName"); err != nil {
		return err
	}
	m, exists := s.member(name)
	if err := etag.Check(r.Header, s.poolETag(m)); err != nil {
		return err
	}
	if err := admit(s); err != nil {
		return err
	}
	spec, err := p.planOne(r, s, m, exists)
	if err != nil {
		return err
	}
	if m.object != nil && sameJSON(m.spec, spec) {
		return p.poolAccepted(w, r, http.StatusOK, s, m)
	}
	release, err := p.claim(r.Context(), s, m, name)
	if err != nil {
		return err
	}
	before := m.object
	m = member{name, spec, poolObject(s.cluster, before, name, spec, r.CorrelationID)}
	err = p.applyPool(r.Context(), m.object)
	if err != nil || before != nil && m.object.Generation == before.Generation {
		release()
	}
	if err != nil {
		return err
	}
	if exists {
		return p.poolAccepted(w, r, http.StatusOK, s, m)
	}
	return p.poolAccepted(w, r, http.StatusCreated, s, m)
}

// planOne decides the spec that a pool's body leads to. The whole cluster must hold together after it.
func (p *Provider) planOne(r *route.Request, s state, m member, exists bool) (v1alpha1.AgentPoolSpec, error) {
	name := strings.ToLower(r.Param("pool"))
	spec := s.cluster.Spec
	var present any = identifiers{v1alpha1.AgentPoolID(spec.SubscriptionID, spec.ResourceGroup, spec.Name, name), name, poolType}
	if exists {
		present = poolBodyOf(s, m)
	}
	o, err := body.Read(r.Request, present)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, err
	}
	req, err := decodePoolBody(o, name, s)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, err
	}
	catalogue, err := p.catalogue(r.Context())
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, err
	}
	pool, faults := planPool(req, spec, catalogue)
	if len(faults) > 0 {
		return pool, fault.Join(faults)
	}
	spec.PoolProfiles = []v1alpha1.PoolProfile{{Name: name, AgentPoolSpec: pool}}
	if err := fault.Join(checkTogether(spec, s)); err != nil {
		return pool, err
	}
	return pool, p.admitGrowth(r, s, spec, "properties.count")
}

// poolObject is the object to write, with the version of the one that was read as its condition.
func poolObject(c *v1alpha1.ManagedCluster, present *v1alpha1.AgentPool, name string, spec v1alpha1.AgentPoolSpec, correlation string) *v1alpha1.AgentPool {
	pool := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      v1alpha1.ObjectName(v1alpha1.AgentPoolID(c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name, name)),
			Labels: map[string]string{
				v1alpha1.LabelSubscription:  c.Spec.SubscriptionID,
				v1alpha1.LabelResourceGroup: c.Labels[v1alpha1.LabelResourceGroup],
				v1alpha1.LabelCluster:       c.Name,
			},
			Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: correlation},
			// If the cluster goes at the same moment, nothing is left that nobody could find.
			OwnerReferences: ownedBy(c, "ManagedCluster"),
		},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: c.Name, Name: name, AgentPoolSpec: spec},
	}
	if present != nil {
		pool.UID, pool.ResourceVersion = present.UID, present.ResourceVersion
		pool.Status = present.Status
	}
	return pool
}

func (p *Provider) poolAccepted(w http.ResponseWriter, r *route.Request, status int, s state, m member) error {
	if v1alpha1.CurrentOperation(m.object).State == v1alpha1.InProgress {
		p.urls(r).StatusHeaders(w.Header(), operation.Of(operation.Pool, m.object))
	}
	etag.Set(w.Header(), s.poolETag(m))
	return route.JSON(w, status, poolBodyOf(s, m))
}

func (p *Provider) deletePool(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	m, _ := s.member(r.Param("pool"))
	switch {
	case m.name == "":
		w.WriteHeader(http.StatusNoContent)
		return nil
	case m.object == nil:
		return unmade(s, m)
	}
	if err := etag.Check(r.Header, s.poolETag(m)); err != nil {
		return err
	}
	if s.cluster.DeletionTimestamp == nil && lastSystemPool(s, m.name) {
		return fault.New(fault.BadRequest, "There has to be at least one agent pool of mode System: '%s' is the last one and cannot be deleted. "+
			"Add another System pool first, or delete the cluster.", m.name)
	}
	id, err := p.removePool(r, s, m)
	if err != nil {
		return err
	}
	p.urls(r).AllHeaders(w.Header(), id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// removePool claims the cluster first, or two deletes at once could take the last two System pools.
func (p *Provider) removePool(r *route.Request, s state, m member) (operation.ID, error) {
	if m.object.DeletionTimestamp != nil || s.cluster.DeletionTimestamp != nil {
		return p.remove(r, operation.Pool, m.object)
	}
	release, err := p.claim(r.Context(), s, m, m.name)
	if err != nil {
		return operation.ID{}, err
	}
	id, err := p.remove(r, operation.Pool, m.object)
	if err != nil {
		release()
	}
	return id, err
}

// unmade says why a pool cannot be deleted that is only asked for yet.
func unmade(s state, m member) error {
	if err := admit(s); err != nil {
		return err // it is about to be made by the cluster's operation
	}
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because the agent pool '%s' was not made: the last operation of the managed "+
		"cluster '%s' failed. Repeat the write of the cluster first, or delete the cluster.", m.name, s.cluster.Spec.Name)
}

func lastSystemPool(s state, name string) bool {
	for _, m := range s.members() {
		going := m.object != nil && m.object.DeletionTimestamp != nil
		if m.name != name && m.spec.Mode == v1alpha1.SystemPool && !going {
			return false
		}
	}
	m, _ := s.member(name)
	return m.spec.Mode == v1alpha1.SystemPool
}
