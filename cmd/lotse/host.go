package main

import "github.com/spf13/cobra"

// hostCommands run an installation on this host.
func hostCommands() []*cobra.Command {
	return []*cobra.Command{newUpCommand(), newDownCommand(), newPurgeCommand(), newServeCommand(), newIsolateCommand(), newRenewCommand()}
}
