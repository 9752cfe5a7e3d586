// Package report tells somebody at a terminal what was done and how long it took: one line per step.
package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Steps prints. Steps that run at the same time each get their own line when they end.
type Steps struct {
	out   io.Writer
	clock clock.PassiveClock
	mu    sync.Mutex
}

// New prints to out.
func New(out io.Writer, c clock.PassiveClock) *Steps { return &Steps{out: out, clock: c} }

// Do runs one step and prints its line. The error is returned as it is.
func (s *Steps) Do(name string, step func() error) error {
	return s.DoNamed(func() (string, error) { return name, step() }, name)
}

// DoNamed is Do for a step that knows only afterwards how to call what it did, such as "images: 3 imported". On failure the line has the
// fallback name.
func (s *Steps) DoNamed(step func() (string, error), fallback string) error {
	start := s.clock.Now()
	name, err := step()
	mark := "✓"
	if err != nil {
		mark, name = "✗", fallback
	}
	s.Say("%s %-44s %6.1f s", mark, name, s.clock.Since(start).Seconds())
	return err
}

// Say prints a line of its own.
func (s *Steps) Say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.out, format+"\n", args...) // a closed terminal must not stop the work
}

// Elapsed is for a last line over all steps.
func (s *Steps) Elapsed(since time.Time) string {
	return fmt.Sprintf("%.1f s", s.clock.Since(since).Seconds())
}
