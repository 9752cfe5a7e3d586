package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// ErrLastOwner refuses a change after which no principal could administer Lotse.
var ErrLastOwner = errors.New("no principal could administer Lotse any more")

// State is what access is decided by.
type State struct {
	Assignments []v1alpha1.RoleAssignment
	Principals  []v1alpha1.Principal
}

// Guard serializes changes of the directory, over all replicas of the front door, and refuses those after which no principal could administer
// Lotse.
type Guard struct {
	client client.Client
	clock  clock.PassiveClock
	lock   directoryLock
	mu     sync.Mutex // spares the replica's own requests waiting for the lock
}

// NewGuard reads and writes with c, which must not lag.
func NewGuard(c client.Client, now clock.PassiveClock) *Guard {
	return &Guard{client: c, clock: now, lock: newDirectoryLock(c, now)}
}

// Change acts unless the state after it would have no administrator: ErrLastOwner. after makes that state from the present one. If there is
// no administrator at present, every change is allowed. A conflict means that another replica has held the lock for long.
func (g *Guard) Change(ctx context.Context, after func(State) State, act func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	release, err := g.lock.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	var assignments v1alpha1.RoleAssignmentList
	var principals v1alpha1.PrincipalList
	for _, list := range []client.ObjectList{&assignments, &principals} {
		if err := g.client.List(ctx, list); err != nil {
			return fmt.Errorf("who administers Lotse: %w", err)
		}
	}
	now, present := g.clock.Now(), State{assignments.Items, principals.Items}
	was := Administered(present.Assignments, present.Principals, now)
	next := after(present)
	if was && !Administered(next.Assignments, next.Principals, now) {
		return ErrLastOwner
	}
	return act()
}
