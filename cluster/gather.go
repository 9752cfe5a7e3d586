package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
)

// turnTime is how long a cluster that does not come up, because there is no room or an image is broken, keeps others waiting. Then they
// are founded beside it. It is several times what founding takes on a small machine.
const turnTime = 2 * time.Minute

// turn lets a cluster that was never up begin only when it is its turn: control planes and machines that start take all the processors
// there are, and many at once take much longer than one after the other. A cluster that has begun goes on, whoever comes.
func (p *pass) turn(ctx context.Context) error {
	if !p.founding() || hadTurn(p.cluster) {
		return nil
	}
	all := &v1alpha1.ManagedClusterList{}
	if err := p.List(ctx, all, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		return fmt.Errorf("listing clusters that are founded too: %w", err)
	}
	ahead := Ahead(p.cluster, all.Items, p.now().Time)
	if ahead < p.AtOnce {
		condition(p.cluster, TurnCame, "", p.now())
		return nil
	}
	waiting := fmt.Sprintf("its turn; clusters before it: %d", ahead)
	condition(p.cluster, TurnCame, waiting, p.now())
	err := p.nodeGroup(ctx) // costs nothing, and nobody may take the name meanwhile
	p.facts.Place = waiting
	return err
}

// Ahead counts the clusters that are founded before c: those whose turn it is, and those that wait too and are older.
func Ahead(c *v1alpha1.ManagedCluster, all []v1alpha1.ManagedCluster, now time.Time) int {
	ahead := 0
	for i := range all {
		if o := &all[i]; o.UID != c.UID && (hasTurn(o, now) || awaitsTurn(o) && older(o, c)) {
			ahead++
		}
	}
	return ahead
}

// hasTurn tells whether a cluster is being founded, and may keep others waiting.
func hasTurn(c *v1alpha1.ManagedCluster, now time.Time) bool {
	turn := meta.FindStatusCondition(c.Status.Conditions, TurnCame)
	return hadTurn(c) && !turnOver(c) && now.Before(turn.LastTransitionTime.Add(turnTime))
}

// turnOver tells whether a cluster whose turn it was is through, or is not worth waiting for.
func turnOver(c *v1alpha1.ManagedCluster) bool {
	return c.DeletionTimestamp != nil || v1alpha1.CurrentOperation(c).State != v1alpha1.InProgress
}

func awaitsTurn(c *v1alpha1.ManagedCluster) bool {
	return c.Status.CurrentKubernetesVersion == "" && !hadTurn(c) && !turnOver(c)
}

func hadTurn(c *v1alpha1.ManagedCluster) bool {
	return meta.IsStatusConditionTrue(c.Status.Conditions, TurnCame)
}

func older(a, b *v1alpha1.ManagedCluster) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name) < 0
}

// since is when the time of the running operation begins to count. Waiting for one's turn does not.
func since(c *v1alpha1.ManagedCluster, now time.Time) time.Time {
	began := v1alpha1.CurrentOperation(c).StartedAt.Time
	turn := meta.FindStatusCondition(c.Status.Conditions, TurnCame)
	switch {
	case turn == nil:
		return began
	case !hadTurn(c):
		return now
	case turn.LastTransitionTime.After(began):
		return turn.LastTransitionTime.Time
	}
	return began
}

// endsTurn lets those changes of a cluster pass after which another one's turn may come. That a turn's time is over sends no event; who
// waits looks again after a while.
var endsTurn = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ManagedCluster)
		after, okToo := e.ObjectNew.(*v1alpha1.ManagedCluster)
		return ok && okToo && !turnOver(before) && turnOver(after)
	},
}

// whoWaits are the clusters that wait for their turn.
func (r *Reconciler) whoWaits(ctx context.Context, _ client.Object) []ctrl.Request {
	all := &v1alpha1.ManagedClusterList{}
	if err := r.List(ctx, all, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing clusters that wait for their turn")
		return nil // each looks again by itself
	}
	var requests []ctrl.Request
	for i := range all.Items {
		if c := &all.Items[i]; awaitsTurn(c) {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(c)})
		}
	}
	return requests
}
