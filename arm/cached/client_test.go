package cached

import (
	"context"
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestAhead(t *testing.T) {
	now := time.Now()
	object := func(uid, version string, deleting bool) client.Object {
		o := &v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), ResourceVersion: version}}
		if deleting {
			o.DeletionTimestamp = &metav1.Time{Time: now}
		}
		return o
	}
	changed := write{uid: "a", version: "100", removed: false, until: now.Add(time.Second)}
	removed := write{uid: "a", version: "99", removed: true, until: now.Add(time.Second)}
	for sentence, c := range map[string]struct {
		write  write
		cached client.Object
		want   bool
	}{
		"a cache without a created object is behind":                     {changed, nil, true},
		"a cache with an older version is behind":                        {changed, object("a", "99", false), true},
		"a cache with the version has it":                                {changed, object("a", "100", false), false},
		"a cache with a newer version has it, digits aside":              {changed, object("a", "1000", false), false},
		"a cache that still has a deleted object is behind":              {removed, object("a", "99", false), true},
		"a cache without it has seen the deletion":                       {removed, nil, false},
		"an object that waits for its finalizers was seen to be deleted": {removed, object("a", "101", true), false},
		"another object of the name is not the deleted one":              {removed, object("b", "101", false), false},
		"a version that is no number is never trusted":                   {changed, object("a", "x", false), true},
		"a write is not expected for longer than the limit":              {write{uid: "a", version: "100", removed: false, until: now}, nil, false},
		"a deletion is not expected for longer than the limit":           {write{uid: "", version: "99", removed: true, until: now}, object("a", "99", false), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.write.ahead(now, c.cached); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// lagging is a cache that sees writes only when catchUp is called.
type lagging struct {
	client.Client
	from   client.Client
	broken error
}

func (l *lagging) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	if l.broken != nil {
		return l.broken
	}
	return l.Client.Get(ctx, key, o, options...)
}

func (l *lagging) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if l.broken != nil {
		return l.broken
	}
	return l.Client.List(ctx, list, options...)
}

// catchUp with every write.
func (l *lagging) catchUp(t *testing.T) {
	t.Helper()
	builder := fake.NewClientBuilder().WithScheme(l.from.Scheme())
	var all v1alpha1.PrincipalList
	if err := l.from.List(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	l.Client = builder.WithLists(&all).Build()
}

func named(t *testing.T, r client.Reader, name string) string {
	t.Helper()
	var p v1alpha1.Principal
	err := r.Get(t.Context(), client.ObjectKey{Name: name}, &p)
	if apierrors.IsNotFound(err) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	var list v1alpha1.PrincipalList
	if err := r.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Items {
		if o.Name == name && o.Spec.DisplayName != p.Spec.DisplayName {
			t.Errorf("it is listed as %q and found as %q", o.Spec.DisplayName, p.Spec.DisplayName)
		}
	}
	return p.Spec.DisplayName
}

func TestOwnWritesAreSeenAtOnceAndThoseOfOthersWithTheCache(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	live := fake.NewClientBuilder().WithScheme(scheme).Build()
	cache := &lagging{from: live}
	cache.catchUp(t)
	c, err := New(live, cache, clock.RealClock{}, nil, Kinds{Lookups: []client.Object{&v1alpha1.Principal{}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, reader := t.Context(), c.Reader()
	see := func(name, want string) {
		t.Helper()
		if got := named(t, reader, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	anna := &v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: "anna"}, Spec: v1alpha1.PrincipalSpec{DisplayName: "Anna"}}
	must(c.Create(ctx, anna))
	see("anna", "Anna")
	cache.catchUp(t)
	see("anna", "Anna")
	if len(c.kinds["Principal"].ahead) != 0 {
		t.Error("a write that the cache has seen is still expected")
	}

	other := anna.DeepCopy()
	other.Spec.DisplayName = "by others"
	must(live.Update(ctx, other))
	see("anna", "Anna")
	cache.catchUp(t)
	see("anna", "by others")

	before := other.DeepCopy()
	other.Spec.DisplayName = "patched"
	must(c.Patch(ctx, other, client.MergeFrom(before)))
	see("anna", "patched")
	other.Spec.DisplayName = "updated"
	must(c.Update(ctx, other))
	see("anna", "updated")
	cache.catchUp(t)

	must(c.Delete(ctx, other))
	see("anna", "none")
	cache.catchUp(t)
	see("anna", "none")

	if err := c.Update(ctx, other); err == nil || len(c.kinds["Principal"].ahead) != 0 {
		t.Errorf("a write that failed is expected: %v", err)
	}
	must(live.Create(ctx, &v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: "berta"}, Spec: v1alpha1.PrincipalSpec{DisplayName: "Berta"}}))
	see("berta", "none")
	cache.broken = errors.New("not started")
	see("berta", "Berta")
}
