package builder

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// progressEvery is the time between two lines, and how long a build is quiet at first: most find nothing to do and end before.
const progressEvery = 5 * time.Second

// progress tells what is being made while it takes long.
type progress struct {
	print   func(line string)
	started time.Time

	mu    sync.Mutex
	tasks []*task // that are under way, the oldest first
}

// task is one thing that is being made.
type task struct {
	name string
	// state is what is being done, for a task that does not count packages.
	state string
	// compiled and stale are packages: those that the compiler began, and those that needed compiling when they were counted. Stale is
	// nil until then.
	compiled, stale map[string]bool
	last            string // package
}

func newProgress(print func(string)) *progress { return &progress{print: print, started: time.Now()} }

// begin adds a task. Its state is changed by update.
func (p *progress) begin(name, state string) *task {
	t := &task{name: name, state: state, compiled: map[string]bool{}}
	p.exclusive(func() { p.tasks = append(p.tasks, t) })
	return t
}

func (p *progress) end(t *task) {
	p.exclusive(func() { p.tasks = slices.DeleteFunc(p.tasks, func(other *task) bool { return other == t }) })
}

// exclusive calls do while no other goroutine prints or changes a task.
func (p *progress) exclusive(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

// run prints a line every few seconds until ctx ends.
func (p *progress) run(ctx context.Context) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.exclusive(func() {
				if len(p.tasks) > 0 {
					p.print(progressLine(time.Since(p.started), p.tasks))
				}
			})
		}
	}
}

func progressLine(elapsed time.Duration, tasks []*task) string {
	texts := make([]string, len(tasks))
	for i, t := range tasks {
		texts[i] = t.String()
	}
	return fmt.Sprintf("%2d:%02d  %s", int(elapsed.Minutes()), int(elapsed.Seconds())%60, strings.Join(texts, "; "))
}

// String says how far the task is. The total is of packages that are not in the compiler's cache, so it is reached.
func (t *task) String() string {
	switch {
	case t.state != "":
		return t.name + ": " + t.state
	case t.stale == nil:
		return fmt.Sprintf("%s: %d packages compiled, at %s", t.name, len(t.compiled), t.last)
	}
	total := len(t.stale)
	for p := range t.compiled {
		if !t.stale[p] { // it was done before they were counted
			total++
		}
	}
	return fmt.Sprintf("%s: %d of %d packages compiled, at %s", t.name, len(t.compiled), total, t.last)
}
