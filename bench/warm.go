package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// warmUps measures make up on what is already up. The first one is not counted: it may still have something to do.
func warmUps(ctx context.Context, rounds int, p *progress) ([]time.Duration, error) {
	var all []time.Duration
	for i := range rounds + 1 {
		p.report("make up, warm, run %d of %d", i+1, rounds+1)
		started := time.Now()
		if out, err := exec.CommandContext(ctx, "make", "-s", "up").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("make up: %w\n%s", err, out)
		}
		if i > 0 {
			all = append(all, time.Since(started))
		}
	}
	return all, nil
}
