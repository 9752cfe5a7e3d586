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

// ErrLastOwner says that a change would leave nobody who can administer Lotse.
var ErrLastOwner = errors.New("nobody could administer Lotse any more")

// State is all that decides who may do what.
type State struct {
	Assignments []v1alpha1.RoleAssignment
	Principals  []v1alpha1.Principal
}

// Guard lets changes of the directory through one after the other, and none that would lock everybody out.
type Guard struct {
	reader client.Reader
	clock  clock.PassiveClock
	mu     sync.Mutex
}

// NewGuard reads with reader, which must not lag.
func NewGuard(reader client.Reader, c clock.PassiveClock) *Guard {
	return &Guard{reader: reader, clock: c}
}

// Change acts unless the state that would follow is one without an administrator: ErrLastOwner. after is told the present state and makes
// the one that would follow. Of a Lotse that had none before, nothing can be taken away.
func (g *Guard) Change(ctx context.Context, after func(State) State, act func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var assignments v1alpha1.RoleAssignmentList
	var principals v1alpha1.PrincipalList
	for _, list := range []client.ObjectList{&assignments, &principals} {
		if err := g.reader.List(ctx, list); err != nil {
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
