package survival

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Book is where a ledger's entries are kept: objects of a service, each with a value.
type Book interface {
	// Write a value. No error means that the service acknowledged it.
	Write(ctx context.Context, entry int, value int64) error
	Read(ctx context.Context, entry int) (int64, error)
}

// Ledger writes increasing values into a book and remembers which were acknowledged.
type Ledger struct {
	book Book

	mu      sync.Mutex
	next    int64
	entries []entry
	latest  time.Time // begin of the last write that was acknowledged
	refused int
	trouble error
}

// entry is what is known of one object: the value that was acknowledged last, and all that were sent after it and got no answer. Each of
// those may have arrived, or may still.
type entry struct {
	acknowledged int64
	open         []int64
}

// NewLedger with so many objects.
func NewLedger(book Book, objects int) *Ledger {
	return &Ledger{book: book, entries: make([]entry, objects)}
}

// Run writes until ctx ends, pausing between writes. Each write has its own time limit, so that a service that hangs does not hang the
// ledger.
func (l *Ledger) Run(ctx context.Context, pause, limit time.Duration) {
	for ctx.Err() == nil {
		l.write(ctx, limit)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (l *Ledger) write(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	l.mu.Lock()
	l.next++
	value := l.next
	i := int(value) % len(l.entries)
	// Noted before it is sent: nobody knows at which moment it arrives.
	l.entries[i].open = append(l.entries[i].open, value)
	l.mu.Unlock()

	begun := time.Now()
	err := l.book.Write(ctx, i, value)

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trouble = err; err != nil {
		l.refused++
		return
	}
	l.entries[i] = entry{acknowledged: value, open: l.entries[i].before(value)}
	l.latest = begun
}

// before are earlier values that got no answer. They stay open: a server that hung may take them up when it goes on.
func (e entry) before(value int64) []int64 {
	return slices.DeleteFunc(slices.Clone(e.open), func(v int64) bool { return v == value })
}

// Since says whether a write that began after then was acknowledged, and otherwise why not.
func (l *Ledger) Since(then time.Time) (bool, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latest.After(then) {
		return true, "a write was acknowledged"
	}
	return false, fmt.Sprintf("no write acknowledged: %v", l.trouble)
}

// Totals counts the writes that were acknowledged and those that got no good answer.
func (l *Ledger) Totals() (acknowledged, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.next) - l.refused, l.refused
}

// Audit reads every object and compares it with what was acknowledged. Nobody may write meanwhile.
func (l *Ledger) Audit(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var failures []error
	for i, e := range l.entries {
		if e.acknowledged == 0 && len(e.open) == 0 {
			continue
		}
		value, err := l.book.Read(ctx, i)
		switch {
		case err != nil:
			failures = append(failures, fmt.Errorf("object %d: %w", i, err))
		case value != e.acknowledged && !slices.Contains(e.open, value):
			failures = append(failures, fmt.Errorf("object %d holds %d; acknowledged last: %d, without an answer: %v", i, value, e.acknowledged, e.open))
		}
	}
	return errors.Join(failures...)
}
