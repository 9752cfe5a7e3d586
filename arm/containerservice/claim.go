package containerservice

import (
	"context"
	"encoding/json"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

// claimLifetime is longer than any request lives, so that a claim ends only when its write cannot come any more.
const claimLifetime = 2 * time.Minute

// claim is a write of a pool that is about to be stored. Whether it may be is decided by looking at the cluster and all of its pools, but it
// changes one pool only; so it is first noted on the cluster, against the version that was looked at. Of two writers that looked at the same
// cluster only one can do that, and whoever looks after it sees either the claim or what became of it.
type claim struct {
	Pool string `json:"pool"`
	// UID and Generation of the pool before the write; none for a new one.
	UID        types.UID `json:"uid,omitempty"`
	Generation int64     `json:"generation,omitempty"`
	Until      time.Time `json:"until"`
}

func claimOf(m member, name string, now time.Time) claim {
	c := claim{Pool: name, Until: now.Add(claimLifetime).UTC().Truncate(time.Second)}
	if m.object != nil {
		c.UID, c.Generation = m.object.UID, m.object.Generation
	}
	return c
}

// pending tells whether a claim's write may still come: the pool is as it was before it.
func (c claim) pending(s state, now time.Time) bool {
	if !now.Before(c.Until) {
		return false
	}
	m, _ := s.member(c.Pool)
	if m.object == nil {
		return c.UID == ""
	}
	return m.object.UID == c.UID && m.object.Generation == c.Generation && m.object.DeletionTimestamp == nil
}

func readClaim(c *v1alpha1.ManagedCluster) (claim, bool) {
	var found claim
	text := c.Annotations[v1alpha1.AnnotationClaim]
	return found, text != "" && json.Unmarshal([]byte(text), &found) == nil
}

// unclaimed says that a write must wait for another one's claim. That takes a moment only.
func unclaimed(s state, now time.Time) error {
	c, ok := readClaim(s.cluster)
	if !ok || !c.pending(s, now) {
		return nil
	}
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because another request is about to write the agent pool '%s' of the "+
		"managed cluster '%s'. Please wait for it to finish before starting a new operation.", c.Pool, s.cluster.Spec.Name).
		After(time.Second).Because(errContended)
}

// claim the cluster for a write of a pool. It fails as contended if anything about the cluster changed since it was read.
func (p *Provider) claim(ctx context.Context, s state, m member, name string) (release func(), err error) {
	if err := unclaimed(s, time.Now()); err != nil {
		return nil, err
	}
	text, err := json.Marshal(claimOf(m, name, time.Now()))
	if err != nil {
		return nil, err
	}
	before := s.cluster.DeepCopy()
	metav1.SetMetaDataAnnotation(&s.cluster.ObjectMeta, v1alpha1.AnnotationClaim, string(text))
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := p.client.Patch(ctx, s.cluster, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return nil, err
	}
	return func() { p.release(ctx, s.cluster, string(text)) }, nil
}

// release a claim whose write did not come about, so that others need not wait for it to run out. The API server checks that it is still the
// same claim; who fails here loses nothing but time.
func (p *Provider) release(ctx context.Context, c *v1alpha1.ManagedCluster, text string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	path := "/metadata/annotations/lotse.dev~1claim"
	patch, _ := json.Marshal([]map[string]any{ // strings can be marshalled
		{"op": "test", "path": path, "value": text}, {"op": "remove", "path": path},
	})
	target := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Namespace: c.Namespace, Name: c.Name}}
	_ = p.client.Patch(ctx, target, client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
}
