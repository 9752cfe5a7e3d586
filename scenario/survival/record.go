package survival

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Store is where a record's objects are kept: objects of a service, each with a value.
type Store interface {
	// Write a value. No error means that the service acknowledged it.
	Write(ctx context.Context, object int, value int64) error
	Read(ctx context.Context, object int) (int64, error)
}

// Record writes increasing values into a store and remembers which were acknowledged.
type Record struct {
	store Store

	mu      sync.Mutex
	next    int64
	objects []object
	latest  time.Time // begin of the last write that was acknowledged
	refused int
	trouble error
}

// object is what is known of one object: the value that was acknowledged last, and all that were sent after it and got no answer. Each of
// those may have arrived, or may still.
type object struct {
	acknowledged int64
	open         []int64
}

// NewRecord of so many objects.
func NewRecord(store Store, objects int) *Record {
	return &Record{store: store, objects: make([]object, objects)}
}

// Run writes until ctx ends, pausing between writes. Each write has its own time limit, so that a service that hangs does not hang the
// record.
func (r *Record) Run(ctx context.Context, pause, limit time.Duration) {
	for ctx.Err() == nil {
		r.write(ctx, limit)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (r *Record) write(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r.mu.Lock()
	r.next++
	value := r.next
	i := int(value) % len(r.objects)
	// Noted before it is sent: it may arrive at any moment after that.
	r.objects[i].open = append(r.objects[i].open, value)
	r.mu.Unlock()

	begun := time.Now()
	err := r.store.Write(ctx, i, value)

	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trouble = err; err != nil {
		r.refused++
		return
	}
	r.objects[i] = object{acknowledged: value, open: r.objects[i].others(value)}
	r.latest = begun
}

// others are the values but one that got no answer. They stay open: a server that hung may take them up when it goes on.
func (o object) others(value int64) []int64 {
	return slices.DeleteFunc(slices.Clone(o.open), func(v int64) bool { return v == value })
}

// Since reports whether a write that began after then was acknowledged, and otherwise why not.
func (r *Record) Since(then time.Time) (bool, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.latest.After(then) {
		return true, "a write was acknowledged"
	}
	return false, fmt.Sprintf("no write acknowledged: %v", r.trouble)
}

// Totals counts the writes that were acknowledged and those that were not.
func (r *Record) Totals() (acknowledged, refused int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int(r.next) - r.refused, r.refused
}

// Verify reads every object and compares it with what was acknowledged. Writes wait meanwhile.
func (r *Record) Verify(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var failures []error
	for i, o := range r.objects {
		if o.acknowledged == 0 && len(o.open) == 0 {
			continue
		}
		value, err := r.store.Read(ctx, i)
		switch {
		case err != nil:
			failures = append(failures, fmt.Errorf("object %d: %w", i, err))
		case value != o.acknowledged && !slices.Contains(o.open, value):
			failures = append(failures, fmt.Errorf("object %d holds %d; acknowledged last: %d, without an answer: %v", i, value, o.acknowledged, o.open))
		}
	}
	return errors.Join(failures...)
}
