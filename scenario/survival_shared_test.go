package scenario

import (
	"context"
	"errors"
	"testing"
)

// kept is the fixture that TestSoak leaves to TestSurvival, which runs next: making two clusters takes longer than recovering from most
// faults. A story that fails leaves none, because what comes after it would say nothing.
var kept *fixture

// takeFixture answers with two clusters in use: those that were kept, or new ones.
func takeFixture(t *testing.T) *fixture {
	t.Helper()
	if f := kept; f != nil {
		kept = nil
		return f
	}
	f := &fixture{management: managementClient(t)}
	var ctx context.Context
	ctx, f.stop = context.WithCancel(context.Background())
	lotse.later(f.stop) // the groups are removed at the end of all stories too
	image := storyImage(t)
	made := make(chan error, 2)
	go func() { made <- f.make(ctx, &f.alpha, "alpha", 2, image) }()
	go func() { made <- f.make(ctx, &f.beta, "beta", 1, image) }()
	err := errors.Join(<-made, <-made)
	if err == nil {
		err = f.use(ctx)
	}
	if err != nil {
		t.Fatal(errors.Join(err, f.remove()))
	}
	return f
}

// remove the clusters and what uses them.
func (f *fixture) remove() error {
	f.stop()
	names := []string{"alpha", "beta", "record"}
	removed := make(chan error, len(names))
	for _, name := range names {
		go func() { removed <- lotse.removeGroup("story-" + name + "-" + lotse.run) }()
	}
	return errors.Join(<-removed, <-removed, <-removed)
}

// leave the fixture when the story ends: to the next story if this one succeeded and keeps it, else it is removed.
func (f *fixture) leave(t *testing.T, keep bool) {
	t.Helper()
	if t.Failed() {
		t.Log(f.diagnostics())
	}
	if keep && !t.Failed() {
		kept = f
		return
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
}
