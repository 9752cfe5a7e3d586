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

// Guard serializes changes of the directory, and refuses those after which no principal could administer Lotse.
type Guard struct {
	reader client.Reader
	clock  clock.PassiveClock
	mu     sync.Mutex
}

// NewGuard reads with reader, which must not lag.
func NewGuard(reader client.Reader, c clock.PassiveClock) *Guard {
	return &Guard{reader: reader, clock: c}
}

// Change acts unless the state after it would have no administrator: ErrLastOwner. after makes that state from the present one. If there is
// no administrator at present, every change is allowed.
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
