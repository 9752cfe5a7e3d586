package cached

import (
	"context"
	"reflect"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

// watching is a cache of groups that sees writes only when catchUp is called.
type watching struct {
	client.Client
	live client.Client
}

func (w *watching) catchUp(t *testing.T) {
	t.Helper()
	var all v1alpha1.ResourceGroupList
	if err := w.live.List(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	w.Client = fake.NewClientBuilder().WithScheme(w.live.Scheme()).WithLists(&all).Build()
}

// site of the others is a switch. One that lapses is alone no more once it was asked.
type site struct{ alone, waits, lapses bool }

func (s *site) Alone() bool {
	alone := s.alone
	if s.lapses {
		s.alone = false
	}
	return alone
}
func (s *site) Acknowledge(ctx context.Context) error {
	if s.waits {
		return context.DeadlineExceeded
	}
	return nil
}

// counted are the reads of the API server.
type counted struct {
	client.Client
	reads int
	// dirty: something was in the object that an answer was to be decoded into.
	dirty bool
}

func (c *counted) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	c.reads++
	c.dirty = c.dirty || !reflect.ValueOf(o).Elem().IsZero()
	return c.Client.Get(ctx, key, o, options...)
}

func (c *counted) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	c.reads++
	c.dirty = c.dirty || !reflect.ValueOf(list).Elem().IsZero()
	return c.Client.List(ctx, list, options...)
}

type groupsWorld struct {
	*testing.T
	*Client
	live  *counted
	cache *watching
	site  *site
}

func newGroups(t *testing.T) groupsWorld {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	live := &counted{Client: fake.NewClientBuilder().WithScheme(scheme).Build()}
	cache := &watching{live: live.Client}
	cache.catchUp(t)
	site := &site{alone: true}
	c, err := New(live, cache, clock.RealClock{}, site, Kinds{Resources: []client.Object{&v1alpha1.ResourceGroup{}}})
	if err != nil {
		t.Fatal(err)
	}
	return groupsWorld{t, c, live, cache, site}
}

// see what a reader is shown of a group: its location.
func (g groupsWorld) see(sentence, name, want string, reads int) {
	g.Helper()
	g.live.reads = 0
	var o v1alpha1.ResourceGroup
	err := g.Reader().Get(g.Context(), client.ObjectKey{Namespace: "n", Name: name}, &o)
	got := o.Spec.Location
	if apierrors.IsNotFound(err) {
		got = "none"
	} else if err != nil {
		g.Fatal(err)
	}
	if got != want || g.live.reads != reads {
		g.Errorf("%s: it is %q, want %q; %d reads of the API server, want %d", sentence, got, want, g.live.reads, reads)
	}
}

func (g groupsWorld) list(sentence string, want, reads int) {
	g.Helper()
	g.live.reads = 0
	var all v1alpha1.ResourceGroupList
	if err := g.Reader().List(g.Context(), &all, client.InNamespace("n")); err != nil {
		g.Fatal(err)
	}
	if len(all.Items) != want || g.live.reads != reads {
		g.Errorf("%s: %d groups, want %d; %d reads of the API server, want %d", sentence, len(all.Items), want, g.live.reads, reads)
	}
}

func (g groupsWorld) must(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func groupNamed(name, location string) *v1alpha1.ResourceGroup {
	return &v1alpha1.ResourceGroup{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, UID: "u"}, Spec: v1alpha1.ResourceGroupSpec{Location: location}}
}

func TestResourcesAreNeverOlderThanWhatWasAnswered(t *testing.T) {
	g := newGroups(t)
	o := groupNamed("a", "one")
	g.must(g.Create(t.Context(), o))
	g.see("what the cache has not seen is read from the API server", "a", "one", 1)
	g.list("and so is a list", 1, 1)
	g.cache.catchUp(t)
	g.see("then it comes from the cache", "a", "one", 0)
	g.list("and so does a list", 1, 0)

	stale := o.DeepCopy()
	o.Spec.Location = "two"
	g.must(g.Update(t.Context(), o))
	g.see("a change is seen", "a", "two", 1)
	o.Spec.Location = "three"
	g.must(g.live.Update(t.Context(), o)) // a controller's
	g.see("what was read from the API server", "a", "three", 1)
	g.cache.catchUp(t)
	g.see("is what the cache has to reach", "a", "three", 0)

	stale.Spec.Location = "late"
	if err := g.Update(t.Context(), stale); !apierrors.IsConflict(err) {
		t.Fatalf("a stale write: %v", err)
	}
	g.see("after a conflict the cache has to have something newer than what was written", "a", "three", 0)

	g.must(g.Delete(t.Context(), o))
	g.see("a deletion is seen", "a", "none", 1)
	g.see("and seen again", "a", "none", 1)
	g.list("and is in no list", 0, 1)
	g.cache.catchUp(t)
	g.see("until the cache has seen it", "a", "none", 0)
	if len(g.kinds["ResourceGroup"].ahead) != 0 {
		t.Errorf("%v are still expected", g.kinds["ResourceGroup"].ahead)
	}
}

func TestAConflictShowsThatTheCacheIsBehind(t *testing.T) {
	g := newGroups(t)
	o := groupNamed("a", "one")
	g.must(g.Create(t.Context(), o))
	g.cache.catchUp(t)
	var cached v1alpha1.ResourceGroup
	g.must(g.Reader().Get(t.Context(), client.ObjectKeyFromObject(o), &cached))
	o.Spec.Location = "two"
	g.must(g.live.Update(t.Context(), o)) // another writer
	cached.Spec.Location = "late"
	if err := g.Update(t.Context(), &cached); !apierrors.IsConflict(err) {
		t.Fatalf("got %v", err)
	}
	g.see("the write is decided again by what the API server has", "a", "two", 1)
	if err := g.Create(t.Context(), groupNamed("a", "again")); !apierrors.IsAlreadyExists(err) {
		t.Fatalf("got %v", err)
	}
	g.must(g.live.Delete(t.Context(), o))
	if err := g.Update(t.Context(), o); !apierrors.IsNotFound(err) {
		t.Fatalf("got %v", err)
	}
	g.see("and so is one of an object that is gone", "a", "none", 1)
}

func TestWithOthersResourcesAreReadFromTheAPIServer(t *testing.T) {
	g := newGroups(t)
	g.site.alone = false
	g.must(g.live.Create(t.Context(), groupNamed("a", "one"))) // another replica's
	g.see("its write is seen", "a", "one", 1)
	g.list("also in a list", 1, 1)

	g.must(g.Refresh(t.Context()))
	g.site.alone = true
	g.see("also by who is alone now, whose cache has not seen it", "a", "one", 1)
	g.cache.catchUp(t)
	g.see("until it has", "a", "one", 0)

	g.site.alone = false
	g.must(g.live.Delete(t.Context(), groupNamed("a", "")))
	g.must(g.Refresh(t.Context()))
	g.site.alone = true
	g.see("a deletion is seen too", "a", "none", 1)

	g.site.waits = true
	if err := g.Create(t.Context(), groupNamed("b", "one")); err == nil {
		t.Error("a write is answered although another replica may not know of it")
	}
	g.see("it is stored all the same", "b", "one", 1)
}

func TestThen(t *testing.T) {
	for sentence, c := range map[string]struct{ first, second, want write }{
		"the newer version counts":                         {write{uid: "a", version: "2"}, write{uid: "a", version: "10"}, write{uid: "a", version: "10"}},
		"also if it was recorded first":                    {write{uid: "a", version: "10"}, write{uid: "a", version: "2"}, write{uid: "a", version: "10"}},
		"a deletion is not undone by a change before it":   {write{uid: "a", version: "5", removed: true}, write{uid: "a", version: "4"}, write{uid: "a", version: "5", removed: true}},
		"nor by one after it":                              {write{uid: "a", version: "5", removed: true}, write{uid: "a", version: "6"}, write{uid: "a", version: "6", removed: true}},
		"another object of the name is created after it":   {write{uid: "a", version: "5", removed: true}, write{uid: "b", version: "7"}, write{uid: "b", version: "7"}},
		"also if its creation was recorded first":          {write{uid: "b", version: "7"}, write{uid: "a", version: "5", removed: true}, write{uid: "b", version: "7"}},
		"one that is gone stays gone":                      {write{uid: "a", gone: true}, write{uid: "a", version: "7"}, write{uid: "a", gone: true}},
		"unless another was created":                       {write{uid: "a", gone: true}, write{uid: "b", version: "7"}, write{uid: "b", version: "7"}},
		"which is not gone because the earlier one is":     {write{uid: "b", version: "7"}, write{uid: "a", gone: true}, write{uid: "b", version: "7"}},
		"a version that is no number gives way to a write": {write{uid: "a", version: "x"}, write{uid: "a", version: "7"}, write{uid: "a", version: "7"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.first.then(c.second); got != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestWhatWasReadTooLateIsForgotten: an answer is decoded into what an object has, and that would be the cache's own.
func TestWhatWasReadTooLateIsForgotten(t *testing.T) {
	g := newGroups(t)
	if err := g.live.Create(t.Context(), &v1alpha1.ResourceGroup{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "a"}, Spec: v1alpha1.ResourceGroupSpec{Location: "here"}}); err != nil {
		t.Fatal(err)
	}
	g.cache.catchUp(t)
	g.site.alone, g.site.lapses = true, true
	g.see("a replica that is alone no more reads the API server", "a", "here", 1)
	g.site.alone = true
	g.list("and lists it", 1, 1)
	if g.live.dirty {
		t.Error("an answer was decoded into what the cache has")
	}
}
