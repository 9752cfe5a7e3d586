package scenario

import (
	"context"
	"sync"
	"testing"
)

// neighbour is a second cluster, for stories that change nothing that others see. It has no network plugin, which one of the stories is
// about and the others do not need.
var neighbour = &reserved{name: "neighbour", properties: map[string]any{
	"networkProfile":    map[string]any{"networkPlugin": "none"},
	"agentPoolProfiles": []any{pool("sys", "System", 1)},
}}

// reserved is a cluster for several stories: the first that needs it makes it, the last one removes it. A story reserves it before it calls
// t.Parallel, so that all users are counted before the first of them runs.
type reserved struct {
	name       string
	properties map[string]any

	mu    sync.Mutex
	users int
	made  *cluster
	err   error
}

// reserve the cluster until the story ends.
func (r *reserved) reserve(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users++
	t.Cleanup(func() {
		if err := r.release(); err != nil {
			t.Error(err)
		}
	})
}

// cluster that was reserved. Without it the story fails.
func (r *reserved) cluster(t *testing.T) *cluster {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil && r.err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), creation)
		defer cancel()
		r.made, r.err = lotse.create(ctx, r.name, r.properties)
	}
	if err := r.err; err != nil {
		t.Fatalf("cluster %s, which stories share: %v", r.name, err)
	}
	return r.made
}

func (r *reserved) release() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users--; r.users > 0 || r.made == nil && r.err == nil {
		return nil
	}
	r.made, r.err = nil, nil
	return lotse.removeGroup("story-" + r.name + "-" + lotse.run)
}
