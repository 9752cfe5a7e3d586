package replica

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Name of the Lease, in v1alpha1.SystemNamespace.
const Name = "lotse-front-door"

// shortest time between two writes of the Lease: many may ask for one at the same time.
const shortest = 100 * time.Millisecond

// Replica of the front door.
type Replica struct {
	// Client of the management cluster, not of a cache.
	client client.Client
	// real time: it must run as fast as everybody's.
	real    clock.PassiveClock
	refresh func(context.Context) error
	log     *slog.Logger
	id      string
	wake    chan struct{}
	lease   *coordinationv1.Lease // as it was written last; only Run uses it
	// evidence of another replica, from a write of the Lease that was not answered: it may be stored all the same. Only Run uses it.
	evidence bool

	mu      sync.Mutex
	state   state
	used    time.Time
	changed chan struct{} // is closed when the state changes
}

// New replica. refresh is called when it has just become the only one, before it relies on that.
func New(live client.Client, real clock.PassiveClock, log *slog.Logger, refresh func(context.Context) error) *Replica {
	return &Replica{client: live, real: real, log: log, refresh: refresh, id: uuid.NewString(), wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// Alone reports whether no other replica can have answered a write that this one does not know.
func (r *Replica) Alone() bool {
	r.mu.Lock()
	now := r.real.Now()
	r.used = now
	alone, lapsed := r.state.alone(now), !r.state.current(now)
	r.mu.Unlock()
	if lapsed {
		r.ask()
	}
	return alone
}

// Acknowledge waits until a write that is stored may be answered.
func (r *Replica) Acknowledge(ctx context.Context) error {
	for {
		r.mu.Lock()
		now := r.real.Now()
		r.used = now
		ready, lapsed, changed := r.state.acknowledges(now), !r.state.current(now), r.changed
		r.mu.Unlock()
		if ready {
			return nil
		}
		if lapsed {
			r.ask()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the change was stored, but another front door may not know of it yet: %w", ctx.Err())
		case <-changed:
		case <-time.After(shortest):
		}
	}
}

// ask for a write of the Lease now.
func (r *Replica) ask() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run writes the Lease until the context ends, and then releases it. Nothing may be acknowledged after that.
func (r *Replica) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.write(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "front door: the Lease of its replicas cannot be written, so reads are slower and writes may wait", "error", err)
		}
		pause(ctx, shortest, nil)
		pause(ctx, r.next()-shortest, r.wake)
	}
	r.release(context.WithoutCancel(ctx))
}

func pause(ctx context.Context, long time.Duration, wake <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-wake:
	case <-time.After(long):
	}
}

func (r *Replica) next() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.next(r.real.Now(), r.used)
}

// write the Lease, and refresh if this replica is the only one since.
func (r *Replica) write(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Term)
	defer cancel()
	began := r.real.Now()
	met, err := r.hold(ctx)
	r.evidence = r.evidence || met
	if err != nil {
		return err
	}
	met, r.evidence = r.evidence, false
	now := r.change(func(s state, now time.Time) state { return s.wrote(began, now, met) })
	if now.refreshed || !now.single(r.real.Now()) {
		return nil
	}
	if err := r.refresh(ctx); err != nil {
		return err
	}
	r.change(func(s state, _ time.Time) state {
		s.refreshed = true
		return s
	})
	return nil
}

func (r *Replica) change(to func(state, time.Time) state) state {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = to(r.state, r.real.Now())
	close(r.changed)
	r.changed = make(chan struct{})
	return r.state
}

// hold writes the Lease. met reports that another replica had written it since, or holds it if this one never did.
func (r *Replica) hold(ctx context.Context) (met bool, err error) {
	if r.lease != nil {
		err := r.put(ctx, r.lease, r.id)
		if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			return false, err
		}
		met = true
	}
	lease := &coordinationv1.Lease{}
	err = r.client.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: Name}, lease)
	if apierrors.IsNotFound(err) {
		lease = &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: Name}}
		return met, r.put(ctx, lease, r.id)
	}
	if err != nil {
		return met, err
	}
	before := holder(lease)
	met = before != r.id && (met || before != "") // this replica's own write may have been stored without an answer
	return met, r.put(ctx, lease, r.id)
}

func holder(l *coordinationv1.Lease) string {
	if l.Spec.HolderIdentity == nil {
		return ""
	}
	return *l.Spec.HolderIdentity
}

// put stores the Lease for a holder; empty releases it.
func (r *Replica) put(ctx context.Context, read *coordinationv1.Lease, holder string) error {
	l := read.DeepCopy()
	now, seconds := metav1.NewMicroTime(r.real.Now()), int32(Term/time.Second)
	l.Spec.HolderIdentity, l.Spec.RenewTime, l.Spec.LeaseDurationSeconds = &holder, &now, &seconds
	write := func() error { return r.client.Update(ctx, l, client.FieldOwner(v1alpha1.FieldManager)) }
	if l.ResourceVersion == "" {
		write = func() error { return r.client.Create(ctx, l, client.FieldOwner(v1alpha1.FieldManager)) }
	}
	if err := write(); err != nil {
		return err
	}
	r.lease = l
	return nil
}

// release the Lease if nobody else uses it, so that the next replica does not wait for this one.
func (r *Replica) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Term)
	defer cancel()
	single := false
	r.change(func(s state, now time.Time) state {
		single = s.single(now)
		return state{}
	})
	if single && r.lease != nil {
		_ = r.put(ctx, r.lease, "") // the next replica waits a little if this fails
	}
}
