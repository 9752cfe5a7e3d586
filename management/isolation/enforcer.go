package isolation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Enforcer keeps the packet filter's table as the cluster's NetworkPolicies say.
type Enforcer struct {
	Kube kubernetes.Interface
	Host HostConfig
	// Gateway is the address of the host's ends of Pod links.
	Gateway string
	// Socket is where the CNI plugin announces addresses of Pods, Health the address and port that answer probes.
	Socket, Health string
	Log            *slog.Logger

	filter    *filter
	bound     *bound
	addresses *addresses
	informers informers.SharedInformerFactory

	wake chan struct{}
	mu   sync.Mutex
	// requested is the number of the last change, done that of the last change that is in the table.
	requested, done uint64
	progress        *sync.Cond
	failure         error
	logged          map[string]bool // unsupported parts of policies
}

// How often the enforcer looks without being told: at its tables, beside the kernel's word that some table was deleted, and for what was refused.
const (
	verifyInterval = 5 * time.Minute
	retryInterval  = 5 * time.Second
)

// Run until ctx ends. The table stays in the kernel before the API server answers and after Run returns. If there is none at the start,
// Run writes one that refuses all connections of Pods.
func (e *Enforcer) Run(ctx context.Context) error {
	e.addresses, e.wake, e.logged = newAddresses(), make(chan struct{}, 1), map[string]bool{}
	e.progress = sync.NewCond(&e.mu)
	if err := joinGroup(e.Gateway, e.Host.LinkGroup); err != nil {
		return err
	}
	var err error
	if e.filter, err = newFilter(e.Host); err != nil {
		return err
	}
	if e.bound, err = newBound(e.Host, e.Log); err != nil {
		return err
	}
	deleted, err := removals(ctx)
	if err != nil {
		return err
	}
	e.bound.write(ctx)
	if !e.filter.exists(ctx) {
		if err := e.filter.write(ctx, Plan{}); err != nil {
			return err
		}
	}
	if err := e.serve(ctx); err != nil {
		return err
	}
	if err := e.watch(ctx); err != nil {
		return err
	}
	e.work(ctx, deleted)
	return nil
}

// watch returns when the first lists are complete.
func (e *Enforcer) watch(ctx context.Context) error {
	if err := e.allowed(ctx); err != nil {
		return err
	}
	e.informers = informers.NewSharedInformerFactoryWithOptions(e.Kube, 0, informers.WithTransform(bare))
	pods := e.informers.Core().V1().Pods().Informer()
	all := []cache.SharedIndexInformer{
		pods, e.informers.Core().V1().Namespaces().Informer(), e.informers.Networking().V1().NetworkPolicies().Informer(),
	}
	for _, i := range all {
		if _, err := i.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { e.request() }, UpdateFunc: func(_, _ any) { e.request() }, DeleteFunc: e.deleted,
		}); err != nil {
			return fmt.Errorf("watching: %w", err)
		}
	}
	e.informers.Start(ctx.Done())
	e.informers.WaitForCacheSync(ctx.Done())
	return ctx.Err()
}

// allowed waits for the API server and for the right to watch. An informer would wait for them with long pauses.
func (e *Enforcer) allowed(ctx context.Context) error {
	for {
		_, err := e.Kube.NetworkingV1().NetworkPolicies("").List(ctx, metav1.ListOptions{Limit: 1})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// bare drops what rules do not depend on, so that the cache stays small.
func bare(o any) (any, error) {
	if p, ok := o.(*corev1.Pod); ok {
		kept := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion, Labels: p.Labels, CreationTimestamp: p.CreationTimestamp,
		}}
		kept.Spec.HostNetwork, kept.Status.Phase, kept.Status.PodIP = p.Spec.HostNetwork, p.Status.Phase, p.Status.PodIP
		return kept, nil
	}
	if a, ok := o.(metav1.Object); ok {
		a.SetManagedFields(nil)
	}
	return o, nil
}

func (e *Enforcer) deleted(o any) {
	if missed, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = missed.Obj
	}
	if p, ok := o.(*corev1.Pod); ok {
		e.addresses.release(p.UID)
	}
	e.request()
}

// request a new decision, and return the number of the request.
func (e *Enforcer) request() uint64 {
	e.mu.Lock()
	e.requested++
	n := e.requested
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
	return n
}

// work makes the table follow the facts, and writes it again when it was deleted.
func (e *Enforcer) work(ctx context.Context, deleted <-chan struct{}) {
	for {
		again := verifyInterval
		e.mu.Lock()
		requested := e.requested
		e.mu.Unlock()
		began := time.Now()
		plan, err := e.plan()
		if err == nil {
			err = e.filter.write(ctx, plan)
		}
		if e.complete(requested, err); err != nil {
			again = retryInterval
		}
		pause(ctx, time.Since(began)) // with many clusters a burst of changes must not take a whole processor
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
			continue
		case <-deleted:
		case <-time.After(again):
		}
		e.filter.verify(ctx)
		e.bound.verify(ctx)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// complete publishes the result of the last attempt to waiting requests and to the health probe.
func (e *Enforcer) complete(requested uint64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure = err; err != nil {
		e.Log.Error("the packet filter refused the rules; the previous ones stay in force", "error", err)
		return
	}
	e.done = requested
	e.progress.Broadcast()
}

// plan decides, and logs each part of a policy that is not supported once.
func (e *Enforcer) plan() (Plan, error) {
	f, err := e.facts()
	if err != nil {
		return Plan{}, err
	}
	plan := Decide(f)
	for _, u := range plan.Unsupported {
		if !e.logged[u] {
			e.logged[u] = true
			e.Log.Warn("part of a NetworkPolicy is not supported and admits no connection", "part", u)
		}
	}
	return plan, nil
}

func (e *Enforcer) facts() (Facts, error) {
	f := Facts{Namespaces: map[string]labels.Set{}}
	pods, errPods := e.informers.Core().V1().Pods().Lister().List(labels.Everything())
	namespaces, errNamespaces := e.informers.Core().V1().Namespaces().Lister().List(labels.Everything())
	var policies []*networkingv1.NetworkPolicy
	policies, errPolicies := e.informers.Networking().V1().NetworkPolicies().Lister().List(labels.Everything())
	for _, n := range namespaces {
		f.Namespaces[n.Name] = n.Labels
	}
	f.Pods, f.Policies = e.addresses.pods(pods), policies
	return f, errors.Join(errPods, errNamespaces, errPolicies)
}
