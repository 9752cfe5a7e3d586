package queue

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Admitted is the condition of a cluster that is, or was, provisioned. Its last transition is when that began.
const Admitted = "Admitted"

// slotTimeout is how long an admitted cluster holds its slot if it does not come up, because there is no capacity or an image is broken. Then
// others are provisioned beside it. It is several times what provisioning takes on a small, busy machine: a slot that goes to the next cluster
// too early makes both slower.
const slotTimeout = 5 * time.Minute

// Provisioned reports whether the control plane has been up once. Such a cluster never waits.
func Provisioned(c *v1alpha1.ManagedCluster) bool { return c.Status.CurrentKubernetesVersion != "" }

// IsAdmitted reports whether provisioning has begun. It is never interrupted.
func IsAdmitted(c *v1alpha1.ManagedCluster) bool {
	return meta.IsStatusConditionTrue(c.Status.Conditions, Admitted)
}

// AdmittedAt is when provisioning began; zero before that. The time limit of the cluster's first operation counts from then.
func AdmittedAt(c *v1alpha1.ManagedCluster) time.Time {
	if !IsAdmitted(c) {
		return time.Time{}
	}
	return meta.FindStatusCondition(c.Status.Conditions, Admitted).LastTransitionTime.Time
}

// reasonHeld is the reason of condition Admitted of a cluster that a gate holds.
const reasonHeld = "Held"

// Held is condition Admitted of a cluster that could begin, but for a gate: it lets others pass, because a gate may hold it for days.
func Held(waiting string) metav1.Condition {
	return metav1.Condition{Type: Admitted, Status: metav1.ConditionFalse, Reason: reasonHeld, Message: waiting}
}

// Waits reports whether a cluster is in the queue. One that is created stopped needs no place in it.
func Waits(c *v1alpha1.ManagedCluster) bool {
	condition := meta.FindStatusCondition(c.Status.Conditions, Admitted)
	held := condition != nil && condition.Reason == reasonHeld
	return !Provisioned(c) && !IsAdmitted(c) && !Left(c) && !held && !c.StopWanted()
}

// MakesWay reports whether a cluster's change from before to after may let the next one begin.
func MakesWay(before, after *v1alpha1.ManagedCluster) bool {
	return !Left(before) && (Left(after) || !Provisioned(before) && Provisioned(after))
}

// Left reports whether a cluster is neither in the queue nor holds a slot any more: its operation has ended, or it is being deleted.
func Left(c *v1alpha1.ManagedCluster) bool {
	return c.DeletionTimestamp != nil || v1alpha1.CurrentOperation(c).State != v1alpha1.InProgress
}

// Ahead counts the clusters ahead of c: those that are being provisioned, and older ones that wait too.
//
// Of clusters whose control plane is up two count as one. Their nodes start, which mostly waits and keeps no processor busy alone, so the next
// control plane may begin. They are counted all the same: if each made way for a whole one, a slow machine would have any number of clusters
// that start nodes, and none of them would become Ready. So at most twice as many clusters are unfinished as there are slots.
func Ahead(c *v1alpha1.ManagedCluster, all []v1alpha1.ManagedCluster, now time.Time) int {
	ahead, startNodes := 0, 0
	for i := range all {
		switch o := &all[i]; {
		case o.UID == c.UID:
		case provisioning(o, now) && Provisioned(o):
			startNodes++
		case provisioning(o, now) || Waits(o) && older(o, c):
			ahead++
		}
	}
	return ahead + startNodes/2
}

// Waiting is what a cluster with so many clusters ahead waits for.
func Waiting(ahead int) string {
	if ahead == 1 {
		return "the provisioning queue (1 cluster ahead)"
	}
	return fmt.Sprintf("the provisioning queue (%d clusters ahead)", ahead)
}

// provisioning reports whether a cluster holds a slot, or half of one.
func provisioning(c *v1alpha1.ManagedCluster, now time.Time) bool {
	return IsAdmitted(c) && !Left(c) && now.Before(AdmittedAt(c).Add(slotTimeout))
}

func older(a, b *v1alpha1.ManagedCluster) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name) < 0
}
