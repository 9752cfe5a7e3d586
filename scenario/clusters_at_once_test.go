package scenario

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"lotse.dev/bench/measured"
)

// simultaneous is how many clusters are made at once: many more than are provisioned at a time, and no more than the processors carry. On a slow
// machine an idle cluster with its node takes a sixth of a processor.
var simultaneous = min(10, max(2, runtime.NumCPU()*5/2))

// TestManyClustersAtOnce: clusters of one node each, created at the same time, all succeed; and are deleted at the same time.
func TestManyClustersAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	began := time.Now()
	created := atOnce(func(i int) error {
		c, err := lotse.create(ctx, fmt.Sprintf("crowd%d", i), map[string]any{"agentPoolProfiles": []any{pool("sys", "System", 1)}})
		if err != nil {
			return err
		}
		t.Logf("%s was created after %.1f s", c.name, time.Since(began).Seconds())
		return c.oneNodeReady(ctx)
	})
	figure(t, fmt.Sprintf("%d clusters created", simultaneous), time.Since(began))
	if created != nil {
		t.Error(created)
	}
	began = time.Now()
	if err := atOnce(func(i int) error { return lotse.removeGroup(fmt.Sprintf("story-crowd%d-%s", i, lotse.run)) }); err != nil {
		t.Error(err)
	}
	figure(t, fmt.Sprintf("%d clusters deleted", simultaneous), time.Since(began))
}

func figure(t *testing.T, what string, took time.Duration) {
	t.Helper()
	t.Logf("%s at once: %.1f s", what, took.Seconds())
	if err := measured.Record(measured.Figure{Table: "At the same time", Name: what, Took: took}); err != nil {
		t.Error(err)
	}
}

// atOnce does something for each of the clusters at the same time.
func atOnce(do func(i int) error) error {
	results := make(chan error, simultaneous)
	for i := range simultaneous {
		go func() { results <- do(i) }()
	}
	var failures []error
	for range simultaneous {
		failures = append(failures, <-results)
	}
	return errors.Join(failures...)
}
