package concurrency

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/operation"
)

// releaseTries bounds how often a release meets other writes of the parent.
const releaseTries = 5

// Reservation of a resource that is about to be created. Whether the quota of a parent, such as a subscription, permits one more is decided
// by looking at all of its resources; so each new one is first noted on the parent.
type Reservation struct {
	// Kind of the resource's operations, and the name of its object.
	Kind   operation.Kind `json:"kind"`
	Object string         `json:"object"`
	// Name that the resource takes beside its own, and that no other may have; empty for none.
	Name  string    `json:"name,omitempty"`
	Until time.Time `json:"until"`
}

// Takes reports whether the reservation holds the name. Names are free of case.
func (r Reservation) Takes(name string) bool { return r.Name != "" && strings.EqualFold(r.Name, name) }

// Reservations on parents.
type Reservations struct {
	// Client must not read from a cache.
	Client client.Client
	// Real time, as of Locks.
	Real clock.PassiveClock
}

// Make a reservation on the parent, which was read before the objects that exist and decide look at. decide gets the other reservations of
// the kind that have not become objects, and refuses the new one with an error. Make returns a conflict if the parent has changed since.
func (s Reservations) Make(ctx context.Context, parent client.Object, mine Reservation, exists func(object string) bool,
	decide func(others []Reservation) error) error {
	now := s.Real.Now()
	others := slices.DeleteFunc(outstanding(parent, mine, now), func(r Reservation) bool { return r.Kind == mine.Kind && exists(r.Object) })
	same := slices.DeleteFunc(slices.Clone(others), func(r Reservation) bool { return r.Kind != mine.Kind })
	if err := decide(same); err != nil {
		return err
	}
	mine.Until = expiry(now)
	return s.write(ctx, parent, append(others, mine))
}

// Release a reservation after its resource was created, or could not be. If this fails, the reservation expires.
func (s Reservations) Release(ctx context.Context, parent client.Object, mine Reservation) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	key := client.ObjectKeyFromObject(parent)
	for try := 1; try < releaseTries; try++ {
		fresh := parent.DeepCopyObject().(client.Object)
		if err := s.Client.Get(ctx, key, fresh); err != nil {
			return
		}
		err := s.write(ctx, fresh, outstanding(fresh, mine, s.Real.Now()))
		if !apierrors.IsConflict(err) || !pause(ctx, try) {
			return
		}
	}
}

func (s Reservations) write(ctx context.Context, parent client.Object, all []Reservation) error {
	text := []byte(nil)
	if len(all) > 0 {
		var err error
		if text, err = json.Marshal(all); err != nil {
			return err
		}
	}
	before := parent.DeepCopyObject().(client.Object)
	annotate(parent, v1alpha1.AnnotationReservations, string(text))
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	return s.Client.Patch(ctx, parent, patch, client.FieldOwner(v1alpha1.FieldManager))
}

// outstanding are the reservations of other resources that have not expired. An annotation that cannot be read reserves nothing.
func outstanding(parent client.Object, mine Reservation, now time.Time) []Reservation {
	var all []Reservation
	if text := parent.GetAnnotations()[v1alpha1.AnnotationReservations]; text != "" && json.Unmarshal([]byte(text), &all) != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(r Reservation) bool {
		return r.Kind == mine.Kind && r.Object == mine.Object || !now.Before(r.Until)
	})
}
