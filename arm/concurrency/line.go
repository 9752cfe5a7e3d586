package concurrency

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// maxWait for a turn. A write that has waited so long is tried beside the others: turns are not what makes writes safe.
const maxWait = 5 * time.Second

// line in which writes of the same parent wait for their turn. It only saves tries that would meet another write of this process and be in
// vain: of n writes at once only one would succeed at a time. Other processes are met as before.
type line struct {
	mu      sync.Mutex
	parents map[string]*turn
}

// turn of one parent, and how many writes hold it or wait for it.
type turn struct {
	*semaphore.Weighted
	users int
}

// wait for a turn, first come, first served. The caller ends it.
func (l *line) wait(ctx context.Context, parent string) (end func()) {
	t := l.join(parent)
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	mine := t.Acquire(ctx, 1) == nil
	return func() {
		if mine {
			t.Release(1)
		}
		l.leave(parent, t)
	}
}

func (l *line) join(parent string) *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parents == nil {
		l.parents = map[string]*turn{}
	}
	if l.parents[parent] == nil {
		l.parents[parent] = &turn{Weighted: semaphore.NewWeighted(1)}
	}
	l.parents[parent].users++
	return l.parents[parent]
}

func (l *line) leave(parent string, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(l.parents, parent)
	}
}

// resourceSegments of the path of a resource that is no child: /subscriptions/s/resourceGroups/g/providers/namespace/type/name.
const resourceSegments = 9

// parentOf is the resource that a path is about, or whose child it is about.
func parentOf(path string) string {
	segments := strings.Split(strings.ToLower(path), "/")
	return strings.Join(segments[:min(len(segments), resourceSegments)], "/")
}
