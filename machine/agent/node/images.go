package node

import (
	"context"
	"fmt"
	"slices"

	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/supervise"
)

// pull images before pods need them. Images that exist are not pulled again. Nothing depends on this task: without it pods start later.
func pull(reaper *supervise.Reaper, images []string) func(context.Context, supervise.SetMessage) error {
	return func(ctx context.Context, setMessage supervise.SetMessage) error {
		all := slices.Compact(slices.Clone(images))
		for i, image := range all {
			setMessage("pulling image %d of %d: %s", i+1, len(all), image)
			if err := reaper.Run(ctx, "ctr", "--address", settings.ContainerdSocket, "--namespace", "k8s.io",
				"images", "pull", "--hosts-dir", settings.RegistryHosts, image); err != nil {
				return fmt.Errorf("pulling %s: %w", image, err)
			}
		}
		return nil
	}
}
