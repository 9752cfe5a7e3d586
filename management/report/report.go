// Package report prints the progress of a command: one line per step, with its duration.
package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Steps prints a line when a step ends. Steps may run concurrently.
type Steps struct {
	out   io.Writer
	clock clock.PassiveClock
	mu    sync.Mutex
}

// New returns Steps that print to out.
func New(out io.Writer, c clock.PassiveClock) *Steps { return &Steps{out: out, clock: c} }

// Do runs one step, prints its line and returns its error unchanged.
func (s *Steps) Do(name string, step func() error) error {
	return s.DoNamed(func() (string, error) { return name, step() }, name)
}

// DoNamed is Do for a step whose name depends on its result, such as "images: 3 imported". After an error the line has the fallback name.
func (s *Steps) DoNamed(step func() (string, error), fallback string) error {
	start := s.clock.Now()
	name, err := step()
	mark := "✓"
	if err != nil {
		mark, name = "✗", fallback
	}
	s.Print("%s %-44s %6.1f s", mark, name, s.clock.Since(start).Seconds())
	return err
}

// Print prints a line of its own.
func (s *Steps) Print(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.out, format+"\n", args...) // a closed terminal must not stop the command
}

// Elapsed formats the time since a moment, for a last line over all steps.
func (s *Steps) Elapsed(since time.Time) string {
	return fmt.Sprintf("%.1f s", s.clock.Since(since).Seconds())
}
