package scenario

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"lotse.dev/client"
)

// TestOperationsInFlight: operations end in a true state although Lotse is killed while they run: a cluster exists when its creation has
// succeeded, two pools that were asked for at once are both made, each operation of its life ends as it was asked for, and the cluster is gone when its deletion
// has succeeded.
func TestOperationsInFlight(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	f := &fixture{management: managementClient(t)}
	t.Cleanup(func() {
		if err := lotse.removeGroup("story-flight-" + lotse.run); err != nil {
			t.Error(err)
		}
	})
	group, err := lotse.makeGroup(ctx, "flight")
	if err != nil {
		t.Fatal(err)
	}
	path := lotse.client.ClusterPath(group, "flight")
	body := map[string]any{"location": lotse.client.Credential.Location, "properties": map[string]any{
		"dnsPrefix": "flight", "kubernetesVersion": storyVersion, "agentPoolProfiles": []any{pool("sys", "System", 1)},
	}}

	t.Log("1. Lotse dies twice while it creates a cluster")
	creation, err := lotse.client.Put(ctx, path, body)
	if err != nil {
		t.Fatal(err)
	}
	f.killLotse(ctx, t, 2*time.Second)
	f.killLotse(ctx, t, 8*time.Second)
	if err := persistently(ctx, creation); err != nil {
		t.Fatalf("creating: %v", err)
	}
	c, err := lotse.connect(ctx, group, "flight")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.oneNodeReady(ctx); err != nil {
		t.Fatalf("the creation is said to have succeeded: %v", err)
	}

	t.Log("2. two pools are asked for at once, and Lotse dies while it makes them")
	f.twoPools(ctx, t, group, c)

	f.flightOf(ctx, t, c).lifeIsKilled()

	t.Log("4. Lotse dies while it deletes the cluster")
	deletion, err := lotse.client.Delete(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	f.killLotse(ctx, t, time.Second)
	if err := persistently(ctx, deletion); err != nil {
		t.Fatalf("deleting: %v", err)
	}
	if _, err := lotse.client.Get(ctx, path); !client.IsNotFound(err) {
		t.Errorf("the deletion is said to have succeeded, and the cluster is answered with: %v", err)
	}
}

// twoPools are made side by side: neither is refused because of the other.
func (f *fixture) twoPools(ctx context.Context, t *testing.T, group string, c *cluster) {
	t.Helper()
	var asking errgroup.Group
	made := make([]*client.Operation, 2)
	for i := range made {
		asking.Go(func() (err error) {
			path := lotse.client.NodePoolPath(group, c.name, fmt.Sprintf("np%d", i+1))
			made[i], err = lotse.client.Put(ctx, path, map[string]any{"properties": map[string]any{"count": 1, "mode": "User", "vmSize": storySize}})
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		t.Fatalf("asking for two pools at once: %v", err)
	}
	f.killLotse(ctx, t, time.Second)
	for _, o := range made {
		if err := persistently(ctx, o); err != nil {
			t.Fatalf("making a pool: %v\n%s", err, lotse.poolStates(group, c.name))
		}
	}
	if err := c.nodesReady(ctx, 1+len(made)); err != nil {
		t.Fatalf("the creation of two pools is said to have succeeded: %v", err)
	}
}

// killLotse after a while.
func (f *fixture) killLotse(ctx context.Context, t *testing.T, after time.Duration) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(after):
	}
	if _, err := f.service().inject(ctx, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// persistently waits for an operation, and again when the front door did not answer.
func persistently(ctx context.Context, o *client.Operation) error {
	for {
		err := o.Wait(ctx, nil)
		var refused *client.Error
		if err == nil || ctx.Err() != nil || errors.As(err, &refused) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}
