package identity

import (
	"context"
	"errors"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	clocktest "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
)

// twoOwners is a directory in which anna and berta are Owners of everything.
func twoOwners(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme)
	_ = v1alpha1.AddToScheme(scheme)
	b := fake.NewClientBuilder().WithScheme(scheme)
	for _, name := range []string{"anna", "berta"} {
		b.WithObjects(
			&v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.PrincipalSpec{Secrets: []v1alpha1.PrincipalSecret{{ID: "s"}}}},
			&v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.RoleAssignmentSpec{Principal: name, Role: Owner, Scope: "/"}},
		)
	}
	return b.Build()
}

// take an owner's role away, as the front door does.
func take(ctx context.Context, g *Guard, c client.Client, name string, meanwhile func()) error {
	return g.Change(ctx, func(s State) State {
		var left []v1alpha1.RoleAssignment
		for _, a := range s.Assignments {
			if a.Name != name {
				left = append(left, a)
			}
		}
		return State{left, s.Principals}
	}, func() error {
		meanwhile()
		return c.Delete(ctx, &v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: name}})
	})
}

func TestTwoReplicasDoNotTakeTheLastTwoOwnersAtOnce(t *testing.T) {
	c, now := twoOwners(t), clocktest.NewFakeClock(time.Now())
	one, other := NewGuard(c, now), NewGuard(c, now)
	second := make(chan error, 1)
	err := take(t.Context(), one, c, "anna", func() {
		go func() { second <- take(t.Context(), other, c, "berta", func() {}) }()
		select {
		case err := <-second:
			t.Errorf("the second change did not wait: %v", err)
			second <- err
		case <-time.After(3 * lockPause):
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-second; !errors.Is(err, ErrLastOwner) {
		t.Errorf("the second change: %v", err)
	}
	var left v1alpha1.RoleAssignmentList
	if err := c.List(t.Context(), &left); err != nil || len(left.Items) != 1 {
		t.Errorf("%d owners are left, %v", len(left.Items), err)
	}
	var lease coordinationv1.Lease
	key := client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: lockName}
	if err := c.Get(t.Context(), key, &lease); err != nil || held(lease.Spec, now.Now()) {
		t.Errorf("the lock stays: %+v, %v", lease.Spec, err)
	}
}

func TestALockWhoseHolderDiedExpires(t *testing.T) {
	c, now := twoOwners(t), clocktest.NewFakeClock(time.Now())
	dead := newDirectoryLock(c, now)
	if _, err := dead.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := NewGuard(c, now)
	g.lock.wait = 2 * lockPause
	if err := take(t.Context(), g, c, "anna", func() {}); !apierrors.IsConflict(err) {
		t.Errorf("while it is held: %v", err)
	}
	now.Step(lockLifetime)
	if err := take(t.Context(), g, c, "anna", func() {}); err != nil {
		t.Errorf("after it has expired: %v", err)
	}
}

func TestHeld(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	renewed := func(ago time.Duration) *metav1.MicroTime { return ptr.To(metav1.NewMicroTime(now.Add(-ago))) }
	for sentence, c := range map[string]struct {
		spec coordinationv1.LeaseSpec
		want bool
	}{
		"a new lease is free":                 {coordinationv1.LeaseSpec{}, false},
		"a released one is free":              {coordinationv1.LeaseSpec{RenewTime: renewed(0), LeaseDurationSeconds: ptr.To[int32](60)}, false},
		"one with a holder is held":           {coordinationv1.LeaseSpec{HolderIdentity: ptr.To("x"), RenewTime: renewed(59 * time.Second), LeaseDurationSeconds: ptr.To[int32](60)}, true},
		"it is free when its time has passed": {coordinationv1.LeaseSpec{HolderIdentity: ptr.To("x"), RenewTime: renewed(time.Minute), LeaseDurationSeconds: ptr.To[int32](60)}, false},
		"one without a time is free":          {coordinationv1.LeaseSpec{HolderIdentity: ptr.To("x"), LeaseDurationSeconds: ptr.To[int32](60)}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := held(c.spec, now); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
