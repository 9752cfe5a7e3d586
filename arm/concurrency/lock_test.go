package concurrency

import (
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

func TestHeld(t *testing.T) {
	deleted := metav1.NewTime(now)
	before := lockFor(child(pool("np1", "p", 1)), now)
	fresh := lockFor(Resource{Kind: "ap", Name: "np1"}, now)
	for sentence, c := range map[string]struct {
		lock   lock
		family Family
		after  time.Duration
		want   bool
	}{
		"a lock is held while its child is as it was":               {before, family(cluster(), pool("np1", "p", 1)), time.Minute, true},
		"a lock ends when the child has changed":                    {before, family(cluster(), pool("np1", "p", 2)), 0, false},
		"a lock ends when another object has the child's name":      {before, family(cluster(), pool("np1", "q", 1)), 0, false},
		"a lock ends when the child is being deleted":               {before, family(cluster(), pool("np1", "p", 1, func(p *v1alpha1.AgentPool) { p.DeletionTimestamp = &deleted })), 0, false},
		"a lock ends when the child is gone":                        {before, family(cluster()), 0, false},
		"a lock expires":                                            {before, family(cluster(), pool("np1", "p", 1)), Lifetime, false},
		"a lock for a new child is held until there is one":         {fresh, family(cluster(), pool("np2", "p", 1)), 0, true},
		"a lock for a new child ends when there is one":             {fresh, family(cluster(), pool("np1", "p", 1)), 0, false},
		"a child of another kind with the same name does not count": {lockFor(Resource{Kind: "mx", Name: "np1"}, now), family(cluster(), pool("np1", "p", 1)), 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.lock.held(c.family, now.Add(c.after)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func api(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func read[T client.Object](t *testing.T, c client.Client, key client.Object, o T) T {
	t.Helper()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(key), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOfTwoWritersOneHasTheLock(t *testing.T) {
	c, clock := api(t, cluster()), clocktesting.NewFakePassiveClock(now)
	locks := Locks{Client: c, Real: clock}
	first, second := read(t, c, cluster(), &v1alpha1.ManagedCluster{}), read(t, c, cluster(), &v1alpha1.ManagedCluster{})
	release, err := locks.Acquire(t.Context(), family(first), Resource{Kind: "ap", Noun: "agent pool", Name: "np1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := locks.Acquire(t.Context(), family(second), Resource{Kind: "ap", Name: "np2"}); !apierrors.IsConflict(err) || !conflict(err) {
		t.Errorf("a writer that looked at the same cluster got %v, want a conflict", err)
	}
	second = read(t, c, cluster(), second)
	if _, err := locks.Acquire(t.Context(), family(second), Resource{Kind: "ap", Name: "np2"}); err == nil || !conflict(err) {
		t.Errorf("a writer that looked after it got %v, want a conflict", err)
	}
	release()
	second = read(t, c, cluster(), second)
	if _, found := readLock(second); found {
		t.Fatalf("the lock was not released: %v", second.Annotations)
	}
	if _, err := locks.Acquire(t.Context(), family(second), Resource{Kind: "ap", Name: "np2"}); err != nil {
		t.Errorf("after the release: %v", err)
	}
	release() // late: it must leave another writer's lock alone
	if l, found := readLock(read(t, c, cluster(), second)); !found || l.Name != "np2" {
		t.Errorf("a late release removed another writer's lock")
	}
	clock.SetTime(now.Add(Lifetime))
	if _, err := locks.Acquire(t.Context(), family(read(t, c, cluster(), second)), Resource{Kind: "ap", Name: "np3"}); err != nil {
		t.Errorf("after the lock of a dead writer has expired: %v", err)
	}
	Unlock(second)
	if _, found := readLock(second); found {
		t.Error("Unlock left the lock")
	}
}

// FuzzLock reads what stands on an object, which may be written by others.
func FuzzLock(f *testing.F) {
	f.Add(`{"kind":"ap","name":"np1","uid":"u","generation":1,"until":"2026-11-23T15:00:00Z"}`)
	f.Add(`{"until":"never"}`)
	f.Fuzz(func(t *testing.T, text string) {
		c := cluster(lockedBy(text))
		if found, ok := readLock(c); ok && found.held(family(c), found.Until) {
			t.Errorf("the lock %s does not expire", text)
		}
	})
}
