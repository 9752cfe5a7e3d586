package arm_test

import (
	"context"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// counting counts the calls of the API server.
type counting struct {
	client.Client

	mu            sync.Mutex
	reads, writes int
}

func (c *counting) count(reads, writes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads, c.writes = c.reads+reads, c.writes+writes
}

func (c *counting) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads, c.writes = 0, 0
}

func (c *counting) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads + c.writes
}

func (c *counting) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	c.count(1, 0)
	return c.Client.Get(ctx, key, o, options...)
}

func (c *counting) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	c.count(1, 0)
	return c.Client.List(ctx, list, options...)
}

func (c *counting) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	c.count(0, 1)
	return c.Client.Create(ctx, o, options...)
}

func (c *counting) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	c.count(0, 1)
	return c.Client.Update(ctx, o, options...)
}

func (c *counting) Patch(ctx context.Context, o client.Object, patch client.Patch, options ...client.PatchOption) error {
	c.count(0, 1)
	return c.Client.Patch(ctx, o, patch, options...)
}
