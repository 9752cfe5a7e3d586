package node

import (
	"context"
	"fmt"
	"slices"

	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/supervise"
)

// pull fetches images before pods ask for them. What is there already is not fetched again. Nobody waits for it: without it pods start
// later, not worse.
func pull(reaper *supervise.Reaper, images []string) func(context.Context, supervise.Say) error {
	return func(ctx context.Context, say supervise.Say) error {
		todo := slices.Compact(slices.Clone(images))
		for i, image := range todo {
			say("pulling image %d of %d: %s", i+1, len(todo), image)
			if err := reaper.Run(ctx, "ctr", "--address", settings.ContainerdSocket, "--namespace", "k8s.io",
				"images", "pull", "--hosts-dir", settings.RegistryHosts, image); err != nil {
				return fmt.Errorf("pulling %s: %w", image, err)
			}
		}
		return nil
	}
}
