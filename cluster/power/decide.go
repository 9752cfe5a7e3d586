package power

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/operation"
)

// recheck is how often a stop looks at its deadline, and soon how often at something that takes moments.
const (
	recheck = 5 * time.Second
	soon    = 500 * time.Millisecond
)

// stopTimeout of a whole cluster is more than that of one pool.
const stopTimeout = 45 * time.Minute

// advice when a stop has run out of time.
const advice = "What is stopped stays so. Repeat the stop to follow it, or start the cluster."

// Facts are what is known of a cluster that is to be stopped.
type Facts struct {
	// Cluster as it was read, with its operation begun.
	Cluster *v1alpha1.ManagedCluster
	Now     time.Time
	// Pools of the cluster, by object name.
	Pools map[string]*v1alpha1.AgentPool
	// Workloads of the control plane: its Deployments and StatefulSets, but for those of something else.
	Workloads []client.Object
	// Pods of the control plane.
	Pods []corev1.Pod
	// Group is what the node resource group of a cluster that was created stopped needs; nothing for others, which have theirs.
	Group provision.Group
	// Keys is why the cluster's authorities and keys cannot be used, or "". What runs has read them long since; a start would need them.
	Keys string
	// Webhooks is nil until the cluster was asked for those that would keep it from coming back.
	Webhooks *Webhooks
	// Endpoints that still lead to Pods; nil until the cluster was asked.
	Endpoints *int
	// Trouble is an error of a step. The next reconcile may not meet it.
	Trouble error
}

// Webhooks of a hosted cluster that stand in the way of its start.
type Webhooks struct {
	// Obstacles in the words of the answer; none, too, if the API server did not answer.
	Obstacles []string
}

// Plan for a cluster that is to be stopped.
func Plan(f Facts) plan.Plan {
	if f.Trouble == nil {
		f.Trouble = f.Group.Trouble
	}
	p := plan.Plan{Trouble: f.Trouble, Status: *f.Cluster.Status.DeepCopy()}
	if !controllerutil.ContainsFinalizer(f.Cluster, v1alpha1.Finalizer) {
		p.Steps = []plan.Step{plan.AddFinalizer{}}
		return p
	}
	steps, outcome := f.next()
	if f.Trouble != nil {
		steps, outcome = nil, f.troubled(outcome)
	}
	p.Steps, p.Outcome = steps, outcome
	p.Status = f.status(outcome)
	if !outcome.Done() && outcome.Failure == nil {
		p.Recheck = recheck
	}
	if f.Endpoints != nil && *f.Endpoints > 0 {
		p.Recheck = soon // endpoints send no event that leads here
	}
	return p
}

// troubled is the outcome of a stop of which a step failed: it goes on with the next attempt.
func (f Facts) troubled(o operation.Outcome) operation.Outcome {
	if o.Failure != nil {
		return o
	}
	if o.Done() {
		o = f.wait("another attempt", 95)
	}
	o.Waiting += "; the last attempt failed: " + f.Trouble.Error()
	return o
}

// next is what a stop does now, and what it waits for. Each part waits for the one before.
func (f Facts) next() ([]plan.Step, operation.Outcome) {
	for _, part := range []func() ([]plan.Step, operation.Outcome){f.group, f.checked, f.pools, f.endpoints, f.servers, f.store} {
		if steps, outcome := part(); len(steps) > 0 || !outcome.Done() {
			return steps, outcome
		}
	}
	return nil, operation.Outcome{}
}

// group of a cluster that was created stopped: the one thing that it has before it starts, so that its name is not taken meanwhile.
func (f Facts) group() ([]plan.Step, operation.Outcome) {
	switch g := f.Group; {
	case g.Failure != nil:
		return nil, operation.Fail(g.Failure)
	case g.Waiting != "" || len(g.Steps) > 0:
		return g.Steps, f.wait(cmp.Or(g.Waiting, "the node resource group"), 10)
	}
	return nil, operation.Outcome{}
}

// checked looks for what would keep the cluster from coming back, before anything is stopped. A cluster whose API server does not answer is
// stopped without: it may be broken beyond that, and what is stopped costs nothing.
func (f Facts) checked() ([]plan.Step, operation.Outcome) {
	if f.begun() {
		return nil, operation.Outcome{}
	}
	if f.Keys != "" {
		return nil, operation.Fail(&v1alpha1.OperationError{
			Code: v1alpha1.StopRefused, Message: fmt.Sprintf("The cluster would not start again: %s. Nothing was stopped.", f.Keys),
		})
	}
	if f.Webhooks == nil {
		return []plan.Step{plan.FindBlockingWebhooks{}}, f.wait("a look at the cluster's webhooks", 0)
	}
	if len(f.Webhooks.Obstacles) == 0 {
		return nil, operation.Outcome{}
	}
	return nil, operation.Fail(&v1alpha1.OperationError{
		Code: v1alpha1.StopRefused,
		Message: fmt.Sprintf("The cluster would not start again: %s. No webhook answers before the cluster's nodes run, and they cannot run before. "+
			"Narrow its rules, let its namespaceSelector leave out kube-system and kube-node-lease, set its failurePolicy to Ignore, or delete it; "+
			"then stop the cluster again. Nothing was stopped.", strings.Join(f.Webhooks.Obstacles, "; ")),
	})
}

// begun reports whether something of the cluster was stopped already, or is to be by its pools' specs.
func (f Facts) begun() bool {
	return f.Cluster.Power() == v1alpha1.Stopped ||
		slices.ContainsFunc(f.sorted(), func(p *v1alpha1.AgentPool) bool { return p.Spec.ClusterPowerState == v1alpha1.Stopped }) ||
		f.scaled()
}

// pools stop together. Each is an operation of its own.
func (f Facts) pools() ([]plan.Step, operation.Outcome) {
	var steps []plan.Step
	var waiting []string
	for _, p := range f.sorted() {
		op := v1alpha1.CurrentOperation(p)
		switch {
		case p.Spec.ClusterPowerState != v1alpha1.Stopped || f.repeats(op):
			steps = append(steps, plan.SetPoolPower{Pool: p, To: v1alpha1.Stopped})
			waiting = append(waiting, "pool "+p.Spec.Name)
		case op.State == v1alpha1.InProgress:
			waiting = append(waiting, strings.TrimSuffix(fmt.Sprintf("pool %s: %s", p.Spec.Name, op.Waiting), ": "))
		case op.State != v1alpha1.Succeeded:
			return nil, operation.Fail(provision.PoolFailure(p.Spec.Name, op))
		}
	}
	if len(waiting) == 0 {
		return nil, operation.Outcome{}
	}
	return steps, f.wait(strings.Join(waiting, "; "), 10)
}

// repeats reports whether a pool's operation failed, or was aborted, before this stop was asked for.
func (f Facts) repeats(op v1alpha1.Operation) bool {
	own := v1alpha1.CurrentOperation(f.Cluster)
	return own.State == v1alpha1.InProgress && op.BrokenBefore(own)
}

// endpointsTime is how long the cluster's own controllers get to take the Pods that have ended out of its endpoints.
const endpointsTime = 10 * time.Second

// endpoints of Pods that have ended are gone before the controllers are: what the store keeps is what the cluster starts with.
func (f Facts) endpoints() ([]plan.Step, operation.Outcome) {
	if f.scaled() || !f.Now.Before(f.poolsEnded().Add(endpointsTime)) {
		return nil, operation.Outcome{}
	}
	const waiting = "the endpoints of Pods that have ended to be removed"
	switch {
	case f.Endpoints == nil:
		return []plan.Step{plan.CountEndpoints{}}, f.wait(waiting, 60)
	case *f.Endpoints > 0:
		return nil, f.wait(waiting, 60)
	}
	return nil, operation.Outcome{}
}

// poolsEnded is when the last pool had stopped.
func (f Facts) poolsEnded() (last time.Time) {
	for _, p := range f.sorted() {
		if ended := v1alpha1.CurrentOperation(p).EndedAt; ended != nil && ended.After(last) {
			last = ended.Time
		}
	}
	return last
}

// scaled reports whether a workload of the control plane is scaled down.
func (f Facts) scaled() bool {
	return slices.ContainsFunc(f.Workloads, func(o client.Object) bool { return replicas(o) == 0 })
}

// servers are the API server and what calls it. The store goes after them, so that the last of their writes are kept.
func (f Facts) servers() ([]plan.Step, operation.Outcome) {
	return f.scaledDown("the API server and its controllers to end", 70, func(component string) bool { return component != v1alpha1.ComponentEtcd })
}

func (f Facts) store() ([]plan.Step, operation.Outcome) {
	return f.scaledDown("the store to end", 85, func(component string) bool { return component == v1alpha1.ComponentEtcd })
}

func (f Facts) scaledDown(waiting string, percent int32, of func(component string) bool) ([]plan.Step, operation.Outcome) {
	var steps []plan.Step
	for _, o := range f.Workloads {
		if of(o.GetLabels()[v1alpha1.LabelComponent]) && replicas(o) != 0 {
			steps = append(steps, plan.ScaleDown{Object: o})
		}
	}
	left := slices.ContainsFunc(f.Pods, func(p corev1.Pod) bool { return of(p.Labels[v1alpha1.LabelComponent]) })
	if len(steps) == 0 && !left {
		return nil, operation.Outcome{}
	}
	return steps, f.wait(waiting, percent)
}

func replicas(o client.Object) int32 {
	wanted := (*int32)(nil)
	switch o := o.(type) {
	case *appsv1.Deployment:
		wanted = o.Spec.Replicas
	case *appsv1.StatefulSet:
		wanted = o.Spec.Replicas
	}
	if wanted == nil {
		return 1 // Kubernetes' default
	}
	return *wanted
}

func (f Facts) wait(waiting string, percent int32) operation.Outcome {
	return operation.Outcome{
		Waiting: waiting, Percent: percent, Deadline: operation.Deadline{Code: "ManagedClusterNotStopped", After: stopTimeout, Advice: advice},
	}
}

// sorted are the pools that are not being deleted, by name.
func (f Facts) sorted() []*v1alpha1.AgentPool {
	var all []*v1alpha1.AgentPool
	for _, p := range f.Pools {
		if p.DeletionTimestamp == nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *v1alpha1.AgentPool) int { return strings.Compare(a.Spec.Name, b.Spec.Name) })
	return all
}

// status of a cluster that is to be stopped. Its components are watched as long as its machines need them; then they end on purpose, and what
// was known of them stays until the cluster is Stopped and has none.
func (f Facts) status(o operation.Outcome) v1alpha1.ManagedClusterStatus {
	now, s := metav1.NewTime(f.Now), *f.Cluster.Status.DeepCopy()
	switch {
	case s.PowerState == v1alpha1.Stopped && o.Done():
		return s
	case o.Done():
		s.PowerState, s.StoppedAt, s.Components = v1alpha1.Stopped, &now, nil
		operation.SetConditions(&s.Conditions, f.Cluster.Generation, now, atRestConditions()...)
	case !f.scaled():
		before := s.Components
		s.Components = provision.Health(before, f.Pods, s.Store, now)
		s.Availability = v1alpha1.MeasureAvailability(s.Availability, before, s.Components, now)
	}
	return s
}

func atRestConditions() []metav1.Condition {
	var all []metav1.Condition
	for _, kind := range []string{provision.ControlPlaneReady, provision.AddonsReady, provision.PoolsReady} {
		all = append(all, metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: "Stopped", Message: "the cluster is stopped"})
	}
	return all
}
