package supervise

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/status"
)

// keptEvents is how many events of a unit its status shows.
const keptEvents = 20

// record is what a unit's runner writes and the status reads.
type record struct {
	clock clock.PassiveClock
	log   func(message string)

	mu   sync.Mutex
	view status.Process

	once         sync.Once
	firstHealthy chan struct{} // closed when the unit is healthy for the first time
}

func newRecord(u Unit, c clock.PassiveClock, log func(string)) *record {
	return &record{
		clock: c, log: log, firstHealthy: make(chan struct{}),
		view: status.Process{Name: u.Name, Optional: u.Optional, Since: c.Now()},
	}
}

func (r *record) snapshot() status.Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.view
	p.Events = slices.Clone(p.Events)
	return p
}

func (r *record) change(edit func(p *status.Process)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.view
	edit(&r.view)
	if was.Running != r.view.Running || was.Healthy != r.view.Healthy {
		r.view.Since = r.clock.Now()
	}
}

// setMessage does not make an event of the message, because a unit that waits sets the same one over and over.
func (r *record) setMessage(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	changed := false
	r.change(func(p *status.Process) {
		changed = message != "" && p.Message != message
		p.Message = message
	})
	if changed {
		r.log(message)
	}
}

func (r *record) event(format string, args ...any) {
	e := status.Event{At: r.clock.Now(), Message: fmt.Sprintf(format, args...)}
	r.change(func(p *status.Process) {
		p.Events = append(p.Events, e)
		p.Events = p.Events[max(0, len(p.Events)-keptEvents):]
	})
	r.log(e.Message)
}

func (r *record) started(pid int) {
	r.change(func(p *status.Process) { p.Running, p.PID, p.Message = true, pid, "" })
}

// healthy records the result of a probe, or the success of a task.
func (r *record) healthy(is bool, message string) {
	r.change(func(p *status.Process) { p.Healthy, p.Message = is, message })
	if is {
		r.once.Do(func() { close(r.firstHealthy) })
	}
}

func (r *record) exited(e Exit, at time.Time) {
	r.change(func(p *status.Process) {
		p.Running, p.Healthy, p.PID = false, false, 0
		p.LastExit = &status.Exit{At: at, Code: e.Code, Reason: e.String()}
	})
}

func (r *record) restarting() {
	r.change(func(p *status.Process) { p.Restarts++ })
}
