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

// Enforcer keeps the table.
type Enforcer struct {
	Kube   kubernetes.Interface
	Ground Ground
	// Gateway is the address that the Pods' ends of links on this machine carry.
	Gateway string
	// Socket is where the network plugin says Pods' addresses, Health the address and port that answer probes.
	Socket, Health string
	Log            *slog.Logger

	addresses *addresses
	watches   informers.SharedInformerFactory

	wake chan struct{}
	mu   sync.Mutex
	// asked counts what has happened, done what the table accounts for.
	asked, done uint64
	progress    *sync.Cond
	failure     error
	unknown     map[string]bool
}

// look is how often the enforcer makes sure that nobody removed the table.
const look = 5 * time.Second

// Run until ctx ends, and leave the table where it is. Until the API server has answered, what stands stays; if nothing stands, everything is
// closed to Pods.
func (e *Enforcer) Run(ctx context.Context) error {
	e.addresses, e.wake, e.unknown = newAddresses(), make(chan struct{}, 1), map[string]bool{}
	e.progress = sync.NewCond(&e.mu)
	if err := adopt(e.Gateway, e.Ground.LinkGroup); err != nil {
		return err
	}
	closed, err := Text(e.Ground, Plan{})
	if err != nil {
		return err
	}
	if !stands(ctx) {
		if err := replace(ctx, closed); err != nil {
			return err
		}
	}
	if err := e.serve(ctx); err != nil {
		return err
	}
	if err := e.watch(ctx); err != nil {
		return err
	}
	e.work(ctx)
	return nil
}

// watch until the first lists are complete.
func (e *Enforcer) watch(ctx context.Context) error {
	if err := e.allowed(ctx); err != nil {
		return err
	}
	e.watches = informers.NewSharedInformerFactoryWithOptions(e.Kube, 0, informers.WithTransform(bare))
	pods := e.watches.Core().V1().Pods().Informer()
	all := []cache.SharedIndexInformer{
		pods, e.watches.Core().V1().Namespaces().Informer(), e.watches.Networking().V1().NetworkPolicies().Informer(),
	}
	for _, i := range all {
		if _, err := i.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { e.ask() }, UpdateFunc: func(_, _ any) { e.ask() }, DeleteFunc: e.gone,
		}); err != nil {
			return fmt.Errorf("watching: %w", err)
		}
	}
	e.watches.Start(ctx.Done())
	e.watches.WaitForCacheSync(ctx.Done())
	return ctx.Err()
}

// allowed waits for the API server and for the right to watch, which an informer would wait for with long pauses.
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

// bare drops what rules do not depend on, so that the copies stay small.
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

func (e *Enforcer) gone(o any) {
	if unknown, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = unknown.Obj
	}
	if p, ok := o.(*corev1.Pod); ok {
		e.addresses.forget(p.UID)
	}
	e.ask()
}

// ask for the table to be made anew, and return the number of the question.
func (e *Enforcer) ask() uint64 {
	e.mu.Lock()
	e.asked++
	n := e.asked
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
	return n
}

// work makes the table follow the facts.
func (e *Enforcer) work(ctx context.Context) {
	written := ""
	again := time.NewTicker(look)
	defer again.Stop()
	for {
		e.mu.Lock()
		asked := e.asked
		e.mu.Unlock()
		began := time.Now()
		text, err := e.text()
		if err == nil && text != written {
			if err = replace(ctx, text); err == nil {
				written = text
			}
		}
		e.settle(asked, err)
		rest(ctx, time.Since(began)) // with many clusters a burst of news must not take a whole processor
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		case <-again.C:
			if !stands(ctx) {
				written = ""
			}
		}
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// settle tells those who wait, and the health, how the last attempt went.
func (e *Enforcer) settle(asked uint64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure = err; err != nil {
		e.Log.Error("the packet filter does not take the rules; the last ones stay", "error", err)
		return
	}
	e.done = asked
	e.progress.Broadcast()
}

func (e *Enforcer) text() (string, error) {
	f, err := e.facts()
	if err != nil {
		return "", err
	}
	plan := Decide(f)
	for _, u := range plan.Unknown {
		if !e.unknown[u] {
			e.unknown[u] = true
			e.Log.Warn("not understood, so it admits nobody", "what", u)
		}
	}
	return Text(e.Ground, plan)
}

func (e *Enforcer) facts() (Facts, error) {
	f := Facts{Namespaces: map[string]labels.Set{}}
	pods, errPods := e.watches.Core().V1().Pods().Lister().List(labels.Everything())
	namespaces, errNamespaces := e.watches.Core().V1().Namespaces().Lister().List(labels.Everything())
	var policies []*networkingv1.NetworkPolicy
	policies, errPolicies := e.watches.Networking().V1().NetworkPolicies().Lister().List(labels.Everything())
	for _, n := range namespaces {
		f.Namespaces[n.Name] = n.Labels
	}
	f.Pods, f.Policies = e.addresses.pods(pods), policies
	return f, errors.Join(errPods, errNamespaces, errPolicies)
}
