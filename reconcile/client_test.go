package reconcile

import (
	"context"
	"slices"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"lotse.dev/api/v1alpha1"
)

// lagging is an API server, and a cache of it that is filled by hand.
type lagging struct {
	t *testing.T
	// Client writes to the API server and reads from the cache.
	client.Client
	server client.Client
	cache  client.Client
	clock  *clocktesting.FakePassiveClock
	// reads that reached the API server.
	reads int
}

func newLagging(t *testing.T) *lagging {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	build := func() client.WithWatch {
		return fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.AgentPool{}).Build()
	}
	l := &lagging{t: t, clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0)), cache: build()}
	server := build()
	l.server = server
	cached := interceptor.NewClient(server, interceptor.Funcs{
		Get: func(ctx context.Context, _ client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			return l.cache.Get(ctx, key, o, options...)
		},
		List: func(ctx context.Context, _ client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			return l.cache.List(ctx, list, options...)
		},
	})
	live := interceptor.NewClient(server, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			l.reads++
			return c.Get(ctx, key, o, options...)
		},
	})
	l.Client = newOwnWrites(cached, live, l.clock)
	return l
}

// caughtUp is a cache with these objects.
func (l *lagging) caughtUp(objects ...client.Object) {
	l.cache = fake.NewClientBuilder().WithScheme(l.server.Scheme()).WithStatusSubresource(&v1alpha1.AgentPool{}).WithObjects(objects...).Build()
	// The fake client gives new versions to what it is built with; the cache has the API server's.
	l.cache = exactly{l.cache, objects}
}

// exactly reads objects as they are.
type exactly struct {
	client.Client
	objects []client.Object
}

func (e exactly) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	for _, object := range e.objects {
		if pool, ok := o.(*v1alpha1.AgentPool); ok && client.ObjectKeyFromObject(object) == key {
			object.(*v1alpha1.AgentPool).DeepCopyInto(pool)
			return nil
		}
	}
	return e.Client.Get(ctx, key, o, options...)
}

func (e exactly) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if err := e.Client.List(ctx, list, options...); err != nil {
		return err
	}
	pools := list.(*v1alpha1.AgentPoolList)
	for i := range pools.Items {
		if err := e.Get(ctx, client.ObjectKeyFromObject(&pools.Items[i]), &pools.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

func newPool(name string) *v1alpha1.AgentPool {
	return &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Namespace: "sub-1", Name: name, Labels: map[string]string{"of": "c1"}}}
}

func (l *lagging) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// names of the listed pools, with their labels.
func (l *lagging) names(options ...client.ListOption) []string {
	l.t.Helper()
	list := &v1alpha1.AgentPoolList{}
	l.must(l.List(l.t.Context(), list, options...))
	var names []string
	for _, p := range list.Items {
		names = append(names, p.Name+"="+p.Labels["of"])
	}
	slices.Sort(names)
	return names
}

func (l *lagging) get(name string) (*v1alpha1.AgentPool, error) {
	p := &v1alpha1.AgentPool{}
	return p, l.Get(l.t.Context(), client.ObjectKey{Namespace: "sub-1", Name: name}, p)
}

func TestReadsSeeOwnWrites(t *testing.T) {
	ctx := t.Context()
	for sentence, do := range map[string]func(*lagging){
		"what was created is there": func(l *lagging) {
			l.must(l.Create(ctx, newPool("a")))
			_, err := l.get("a")
			l.must(err)
			if got := l.names(client.InNamespace("sub-1")); !slices.Equal(got, []string{"a=c1"}) || l.reads != 2 {
				l.t.Errorf("%v after %d reads", got, l.reads)
			}
		},
		"what was updated is read as it was written, without a request": func(l *lagging) {
			p := newPool("a")
			l.must(l.Create(ctx, p))
			l.caughtUp(p.DeepCopy())
			p.Labels["of"] = "c2"
			l.must(l.Update(ctx, p))
			got, err := l.get("a")
			l.must(err)
			if got.ResourceVersion != p.ResourceVersion || got.Labels["of"] != "c2" || l.reads > 0 {
				l.t.Errorf("read %v after %d requests", got, l.reads)
			}
		},
		"a status too": func(l *lagging) {
			p := newPool("a")
			l.must(l.Create(ctx, p))
			l.caughtUp(p.DeepCopy())
			p.Status.Nodes = 3
			l.must(l.Status().Update(ctx, p))
			if got, err := l.get("a"); err != nil || got.Status.Nodes != 3 {
				l.t.Errorf("read %v, %v", got, err)
			}
		},
		"a list has what was written and selects by it": func(l *lagging) {
			a, b := newPool("a"), newPool("b")
			l.must(l.Create(ctx, a))
			l.must(l.Create(ctx, b))
			l.caughtUp(a.DeepCopy(), b.DeepCopy())
			b.Labels["of"] = "c2"
			l.must(l.Update(ctx, b))
			if got := l.names(); !slices.Equal(got, []string{"a=c1", "b=c2"}) {
				l.t.Errorf("listed %v", got)
			}
			if got := l.names(client.MatchingLabels{"of": "c1"}); !slices.Equal(got, []string{"a=c1"}) {
				l.t.Errorf("with the old label: %v", got)
			}
			if got := l.names(client.InNamespace("sub-2")); len(got) > 0 || l.reads > 0 {
				l.t.Errorf("in another namespace: %v, %d requests", got, l.reads)
			}
		},
		"a newer object in the cache counts": func(l *lagging) {
			p := newPool("a")
			l.must(l.Create(ctx, p))
			p.Labels["of"] = "other"
			l.must(l.server.Update(ctx, p))
			l.caughtUp(p.DeepCopy())
			if got, err := l.get("a"); err != nil || got.Labels["of"] != "other" || l.reads > 0 {
				l.t.Errorf("read %v, %v, %d requests", got, err, l.reads)
			}
		},
		"what another deleted meanwhile is gone": func(l *lagging) {
			p := newPool("a")
			l.must(l.Create(ctx, p))
			l.must(l.server.Delete(ctx, p))
			if _, err := l.get("a"); !apierrors.IsNotFound(err) {
				l.t.Errorf("read: %v", err)
			}
			if _, err := l.get("a"); !apierrors.IsNotFound(err) || l.reads != 1 || len(l.names()) > 0 {
				l.t.Errorf("read: %v, %d requests", err, l.reads)
			}
		},
		"what was deleted is the cache's again": func(l *lagging) {
			p := newPool("a")
			l.must(l.Create(ctx, p))
			l.must(l.Delete(ctx, p))
			if _, err := l.get("a"); !apierrors.IsNotFound(err) || l.reads > 0 {
				l.t.Errorf("read: %v, %d requests", err, l.reads)
			}
		},
		"a write that let an object go is not remembered": func(l *lagging) {
			p := newPool("a")
			p.Finalizers = []string{v1alpha1.Finalizer}
			l.must(l.Create(ctx, p))
			l.must(l.Delete(ctx, p))
			_ = l.server.Get(ctx, client.ObjectKeyFromObject(p), p)
			p.Finalizers = nil
			l.must(l.Update(ctx, p))
			if _, err := l.get("a"); !apierrors.IsNotFound(err) || l.reads > 0 {
				l.t.Errorf("read: %v, %d requests", err, l.reads)
			}
		},
		"after a while the cache is believed": func(l *lagging) {
			l.must(l.Create(ctx, newPool("a")))
			l.clock.SetTime(l.clock.Now().Add(maxLag))
			if _, err := l.get("a"); !apierrors.IsNotFound(err) || l.reads > 0 {
				l.t.Errorf("read: %v, %d requests", err, l.reads)
			}
		},
	} {
		t.Run(sentence, func(t *testing.T) { do(newLagging(t)) })
	}
}
