package teardown

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/operation"
)

// Facts are what remains of a cluster.
type Facts struct {
	Cluster *v1alpha1.ManagedCluster
	// Pools take their scale sets and machines with them, and need no control plane for it: machines of a deleted cluster are not drained.
	Pools []client.Object
	// Workloads of the control plane, with their Pods and claims.
	Workloads []client.Object
	// Each namespace is deleted as soon as it is empty, and not before: it would give every Pod its whole grace period and look again only
	// after half of it. Its end takes more than five seconds also then, because Kubernetes waits so long before it looks.
	NodesNamespace, Namespace []client.Object
	// Volumes of the namespaces that their storage class will delete.
	Volumes []string
	// Group is the node resource group, if it is the cluster's own.
	Group []client.Object
	// Trouble is an error of a step.
	Trouble error
}

// recheck is how soon to look again: volumes send no events that lead here.
const recheck = time.Second

// Plan for a cluster that is being deleted.
func Plan(f Facts) plan.Plan {
	p := plan.Plan{Status: f.Cluster.Status, Trouble: f.Trouble, Recheck: recheck}
	if !controllerutil.ContainsFinalizer(f.Cluster, v1alpha1.Finalizer) {
		p.Recheck = 0
		return p
	}
	objects, waiting, percent := f.next()
	p.Outcome = operation.Outcome{Waiting: waiting, Percent: percent}
	switch {
	case f.Trouble != nil && waiting == "":
		p.Outcome = operation.Outcome{Waiting: "the finalizer to be removed; the last attempt failed: " + f.Trouble.Error(), Percent: 95}
	case f.Trouble != nil:
		p.Outcome.Waiting += "; the last attempt failed: " + f.Trouble.Error()
	case waiting == "":
		p.Steps = []plan.Step{plan.RemoveFinalizer{}}
	default:
		p.Steps = deletions(objects)
	}
	return p
}

// layer is what is deleted at the same time.
type layer struct {
	objects []client.Object
	waiting string
	percent int32
}

// next is what is to be deleted now, and what is waited for. When nothing remains, waiting is "".
func (f Facts) next() (objects []client.Object, waiting string, percent int32) {
	machines := first(
		layer{f.Pools, poolsWaiting(len(f.Pools)), 10},
		layer{f.NodesNamespace, "the machines' namespace to go", 50})
	controlPlane := first(
		layer{f.Workloads, "the control plane to stop", 10},
		layer{f.Namespace, "the control plane's namespace to go", 50})
	switch {
	case machines.waiting != "" && controlPlane.waiting != "":
		return slices.Concat(machines.objects, controlPlane.objects), machines.waiting + ", " + controlPlane.waiting,
			min(machines.percent, controlPlane.percent)
	case machines.waiting != "":
		return machines.objects, machines.waiting, machines.percent
	case controlPlane.waiting != "":
		return controlPlane.objects, controlPlane.waiting, controlPlane.percent
	case len(f.Volumes) > 0:
		return nil, "volumes to be wiped: " + strings.Join(f.Volumes, ", "), 80
	case len(f.Group) > 0:
		return f.Group, "the node resource group to go", 90
	}
	return nil, "", 100
}

func poolsWaiting(n int) string {
	if n == 1 {
		return "1 pool and its machines to go"
	}
	return fmt.Sprintf("%d pools and their machines to go", n)
}

// first layer that is not gone; an empty one if all are.
func first(layers ...layer) layer {
	for _, l := range layers {
		if len(l.objects) > 0 {
			return l
		}
	}
	return layer{}
}

// grace is how many seconds a Pod of a deleted control plane gets: what it could still write is deleted with it. It also ends an API
// server whose store went first, which would use all the time it is given.
const grace = 1

// deletions of objects that are not being deleted yet: Pods last, because what they belong to would replace them.
func deletions(objects []client.Object) []plan.Step {
	var pods, others []client.Object
	for _, o := range objects {
		switch {
		case ending(o):
		case isPod(o):
			pods = append(pods, o)
		default:
			others = append(others, o)
		}
	}
	var steps []plan.Step
	if len(others) > 0 {
		steps = append(steps, plan.Delete{Objects: others})
	}
	if len(pods) > 0 {
		steps = append(steps, plan.Delete{Objects: pods, GraceSeconds: ptr.To[int64](grace)})
	}
	return steps
}

func isPod(o client.Object) bool {
	_, pod := o.(*corev1.Pod)
	return pod
}

// ending reports whether an object is being deleted, and soon enough: the garbage collector may have come first and left a Pod its whole
// grace period.
func ending(o client.Object) bool {
	seconds := o.GetDeletionGracePeriodSeconds()
	return o.GetDeletionTimestamp() != nil && (!isPod(o) || seconds == nil || *seconds <= grace)
}
