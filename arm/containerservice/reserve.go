package containerservice

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/route"
)

// reservation is a cluster that is about to be created. Whether there is room for it is decided by looking at all clusters of the
// subscription; so it is first noted on the Subscription, against the version that was looked at: of two that would take the last place, or
// the same node resource group, only one can.
type reservation struct {
	Cluster   string    `json:"cluster"` // object name
	NodeGroup string    `json:"nodeGroup"`
	Until     time.Time `json:"until"`
}

// reserve room for a cluster, or say that there is none.
func (p *Provider) reserve(r *route.Request, cluster, nodeGroup string) error {
	sub := &v1alpha1.Subscription{}
	if err := p.client.Get(r.Context(), client.ObjectKeyFromObject(r.Subscription), sub); err != nil {
		return err
	}
	have, err := inventory.Clusters(r.Context(), p.client, r.SubscriptionID(), "")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(c v1alpha1.ManagedCluster) bool { return c.Name == cluster }) {
		return made(cluster)
	}
	others := outstanding(sub, have, cluster, time.Now())
	if err := admitCluster(sub.Limits(), have, others, nodeGroup); err != nil {
		return err
	}
	mine := reservation{cluster, nodeGroup, time.Now().Add(claimLifetime).UTC().Truncate(time.Second)}
	return p.writeReservations(r.Context(), sub, append(others, mine))
}

// made says that another request has made the cluster meanwhile.
func made(cluster string) error {
	return apierrors.NewAlreadyExists(v1alpha1.GroupVersion.WithResource("managedclusters").GroupResource(), cluster)
}

// unreserve after the cluster was created, or could not be. Who fails here loses nothing but a place for as long as the reservation lives.
func (p *Provider) unreserve(r *route.Request, cluster string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	for try := 1; try < 5; try++ {
		sub := &v1alpha1.Subscription{}
		if err := p.client.Get(ctx, client.ObjectKeyFromObject(r.Subscription), sub); err != nil {
			return
		}
		err := p.writeReservations(ctx, sub, outstanding(sub, nil, cluster, time.Now()))
		if !apierrors.IsConflict(err) || !pause(ctx, try) {
			return
		}
	}
}

func (p *Provider) writeReservations(ctx context.Context, sub *v1alpha1.Subscription, all []reservation) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	before := sub.DeepCopy()
	metav1.SetMetaDataAnnotation(&sub.ObjectMeta, v1alpha1.AnnotationReservations, string(text))
	if len(all) == 0 {
		delete(sub.Annotations, v1alpha1.AnnotationReservations)
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	return p.client.Patch(ctx, sub, patch, client.FieldOwner(v1alpha1.FieldManager))
}

// outstanding are the reservations of other clusters that have not run out and have not become clusters.
func outstanding(sub *v1alpha1.Subscription, have []v1alpha1.ManagedCluster, mine string, now time.Time) []reservation {
	var all []reservation
	if text := sub.Annotations[v1alpha1.AnnotationReservations]; text != "" {
		_ = json.Unmarshal([]byte(text), &all) // what nobody can read reserves nothing
	}
	return slices.DeleteFunc(all, func(r reservation) bool {
		there := slices.ContainsFunc(have, func(c v1alpha1.ManagedCluster) bool { return c.Name == r.Cluster })
		return there || r.Cluster == mine || !now.Before(r.Until)
	})
}

// admitCluster decides whether a subscription has room for one more cluster, and whether its node resource group is still nobody's.
func admitCluster(l v1alpha1.Limits, have []v1alpha1.ManagedCluster, others []reservation, nodeGroup string) error {
	if used := len(have) + len(others); used >= int(l.Clusters) {
		return exceeded("managed clusters", l.Clusters, used, 1, "")
	}
	taken := func(name string) bool { return strings.EqualFold(name, nodeGroup) }
	if slices.ContainsFunc(have, func(c v1alpha1.ManagedCluster) bool { return taken(c.Spec.NodeResourceGroup) }) ||
		slices.ContainsFunc(others, func(r reservation) bool { return taken(r.NodeGroup) }) {
		return fault.New(fault.Conflict, "The node resource group '%s' is another managed cluster's. Choose another nodeResourceGroup.",
			nodeGroup).At("properties.nodeResourceGroup")
	}
	return nil
}
