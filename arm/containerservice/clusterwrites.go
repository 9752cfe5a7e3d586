package containerservice

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

func (p *Provider) putCluster(w http.ResponseWriter, r *route.Request) error {
	if err := naming.Cluster(r.Param("cluster")); err != nil {
		return err
	}
	group, err := inventory.LivingGroup(r.Context(), p.client, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	s, err := p.load(r)
	if err != nil {
		return err
	}
	if err := etag.Check(r.Header, s.etag()); err != nil {
		return err
	}
	if s.cluster == nil {
		return p.createCluster(w, r, s, group)
	}
	if err := admit(s); err != nil {
		return err
	}
	spec, err := p.plan(r, s, s.cluster.Spec, clusterBodyOf(s))
	if err != nil {
		return err
	}
	return p.updateCluster(w, r, s, spec)
}

// identifiers are what is known of a resource before it exists: what its path says.
type identifiers struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

func (p *Provider) createCluster(w http.ResponseWriter, r *route.Request, s state, g *v1alpha1.ResourceGroup) error {
	sub, group, name := r.SubscriptionID(), r.Param("group"), r.Param("cluster")
	id := v1alpha1.ManagedClusterID(sub, group, name)
	var err error
	if s.around, err = p.surroundings(r.Context()); err != nil {
		return err
	}
	spec, err := p.plan(r, s, v1alpha1.ManagedClusterSpec{SubscriptionID: sub, ResourceGroup: group, Name: name}, identifiers{id, name, clusterType})
	if err != nil {
		return err
	}
	if err := p.freeNodeGroup(r, spec.NodeResourceGroup); err != nil {
		return err
	}
	s.cluster = clusterObject(g, spec, r.CorrelationID)
	if err := p.reserve(r, s.cluster.Name, spec.NodeResourceGroup); err != nil {
		return err
	}
	defer p.unreserve(r, s.cluster.Name)
	err = p.client.Create(r.Context(), s.cluster, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsNotFound(err) {
		return fault.New(fault.ServiceUnavailable, "The subscription '%s' is still being set up. Repeat the request.", sub).Because(err)
	}
	if err != nil {
		return err
	}
	return p.accepted(w, r, http.StatusCreated, s)
}

// clusterObject to create. Its group owns it: if the group goes at the same moment, nothing is left that nobody could find.
func clusterObject(g *v1alpha1.ResourceGroup, spec v1alpha1.ManagedClusterSpec, correlation string) *v1alpha1.ManagedCluster {
	id := v1alpha1.ManagedClusterID(spec.SubscriptionID, spec.ResourceGroup, spec.Name)
	return &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       v1alpha1.SubscriptionNamespace(spec.SubscriptionID),
			Name:            v1alpha1.ObjectName(id),
			Labels:          map[string]string{v1alpha1.LabelSubscription: spec.SubscriptionID, v1alpha1.LabelResourceGroup: g.Name},
			Annotations:     map[string]string{v1alpha1.AnnotationCorrelationID: correlation},
			OwnerReferences: ownedBy(g, "ResourceGroup"),
			// Set here already, so that a delete waits for the teardown whoever comes first.
			Finalizers: []string{v1alpha1.Finalizer},
		},
		Spec: spec,
	}
}

func ownedBy(o metav1.Object, kind string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: kind, Name: o.GetName(), UID: o.GetUID()}}
}

// freeNodeGroup makes sure that the node resource group is nobody's yet; it may be this very cluster's, made by a request that came first.
func (p *Provider) freeNodeGroup(r *route.Request, name string) error {
	_, err := inventory.Group(r.Context(), p.client, r.SubscriptionID(), name)
	switch {
	case err == nil:
		if c, err := inventory.Cluster(r.Context(), p.client, r.SubscriptionID(), r.Param("group"), r.Param("cluster")); err != nil || c != nil {
			return cmp.Or(err, made(r.Param("cluster")))
		}
		return fault.New(fault.Conflict, "The node resource group '%s' exists already. Choose another nodeResourceGroup, or delete that group.",
			name).At("properties.nodeResourceGroup")
	case fault.Of(err).Kind == fault.ResourceGroupNotFound:
		return nil
	}
	return err
}

// plan reads the body against what is and decides the spec it leads to.
func (p *Provider) plan(r *route.Request, s state, spec v1alpha1.ManagedClusterSpec, present any) (v1alpha1.ManagedClusterSpec, error) {
	o, err := body.Read(r.Request, present)
	if err != nil {
		return spec, err
	}
	req, err := decodeCluster(o, s, *spec.DeepCopy(), p.location)
	if err != nil {
		return spec, err
	}
	req.pools = append(req.pools, repetitions(req, s)...)
	catalogue, err := p.catalogue(r.Context())
	if err != nil {
		return spec, err
	}
	after, err := planCluster(req, s, catalogue)
	if err != nil {
		return spec, err
	}
	return after, p.admitGrowth(r, s, after, "properties.agentPoolProfiles")
}

// repetitions are the pools that the request does not name and whose last operation failed: writing a cluster again is to mend it.
func repetitions(req request, s state) []poolRequest {
	var all []poolRequest
	if s.cluster == nil {
		return nil
	}
	for _, m := range s.members() {
		named := slices.ContainsFunc(req.pools, func(p poolRequest) bool { return p.name == m.name })
		if again := newPoolRequest(m.name, s); again.failed && !named && m.object.DeletionTimestamp == nil {
			again.path = "properties.agentPoolProfiles"
			all = append(all, again)
		}
	}
	return all
}

// updateCluster stores a spec. One that changes nothing is no operation, unless the last one failed: then it is that one's repetition.
func (p *Provider) updateCluster(w http.ResponseWriter, r *route.Request, s state, spec v1alpha1.ManagedClusterSpec) error {
	failed := v1alpha1.CurrentOperation(s.cluster).State == v1alpha1.Failed || anyFailed(s)
	if !failed && unchanged(s, spec) {
		return p.accepted(w, r, http.StatusOK, s)
	}
	if failed {
		spec.Attempt++
	}
	s.cluster.Spec = spec
	delete(s.cluster.Annotations, v1alpha1.AnnotationClaim) // it has become a pool, or never will
	metav1.SetMetaDataAnnotation(&s.cluster.ObjectMeta, v1alpha1.AnnotationCorrelationID, r.CorrelationID)
	if err := p.client.Update(r.Context(), s.cluster, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	return p.accepted(w, r, http.StatusOK, s)
}

func anyFailed(s state) bool {
	for i := range s.pools {
		if v1alpha1.CurrentOperation(&s.pools[i]).State == v1alpha1.Failed {
			return true
		}
	}
	return false
}

// unchanged reports whether a spec asks for nothing but what is. Its profiles count as pools, not as text.
func unchanged(s state, spec v1alpha1.ManagedClusterSpec) bool {
	for _, profile := range spec.PoolProfiles {
		m, ok := s.member(profile.Name)
		if !ok || !sameJSON(m.spec, profile.AgentPoolSpec) {
			return false
		}
	}
	before := s.cluster.Spec
	before.PoolProfiles, spec.PoolProfiles = nil, nil
	return sameJSON(before, spec)
}

// sameJSON compares as stored: an empty map and no map are alike.
func sameJSON(a, b any) bool { return reflect.DeepEqual(asJSON(a), asJSON(b)) }

// accepted answers a write: with the operation if there is one.
func (p *Provider) accepted(w http.ResponseWriter, r *route.Request, status int, s state) error {
	if v1alpha1.CurrentOperation(s.cluster).State == v1alpha1.InProgress {
		p.urls(r).StatusHeaders(w.Header(), operation.Of(operation.Cluster, s.cluster))
	}
	etag.Set(w.Header(), s.etag())
	return route.JSON(w, status, clusterBodyOf(s))
}

// patchCluster replaces the tags; a PATCH can change nothing else.
func (p *Provider) patchCluster(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	if err := etag.Check(r.Header, s.etag()); err != nil {
		return err
	}
	if err := admit(s); err != nil {
		return err
	}
	o, err := body.Read(r.Request, clusterBodyOf(s))
	if err != nil {
		return err
	}
	spec := *s.cluster.Spec.DeepCopy()
	spec.PoolProfiles = nil // a write names its pools; this one names none
	if tags, ok := o.Map("tags"); ok {
		spec.Tags = tags
		o.Fail(naming.Tags(tags, "tags"))
	}
	if err := o.Finish(); err != nil {
		return err
	}
	return p.updateCluster(w, r, s, spec)
}

// deleteCluster preempts whatever runs.
func (p *Provider) deleteCluster(w http.ResponseWriter, r *route.Request) error {
	s, err := p.load(r)
	if err != nil {
		return err
	}
	if err := etag.Check(r.Header, s.etag()); err != nil && s.cluster != nil {
		return err
	}
	if s.cluster == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	id, err := p.remove(r, operation.Cluster, s.cluster)
	if err != nil {
		return err
	}
	p.urls(r).AllHeaders(w.Header(), id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

type tracked interface {
	client.Object
	v1alpha1.Tracked
}

// remove orders an object's end, once. The operation is the generation that the order makes.
func (p *Provider) remove(r *route.Request, kind operation.Kind, o tracked) (operation.ID, error) {
	id := operation.Of(kind, o)
	if o.GetDeletionTimestamp() != nil {
		return id, nil
	}
	uid := o.GetUID()
	err := p.client.Delete(r.Context(), o, client.Preconditions{UID: &uid})
	id.Delete, id.Generation = true, id.Generation+1
	return id, client.IgnoreNotFound(err)
}
