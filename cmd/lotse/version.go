package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker in a release.
var version = ""

func newVersionCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print this program's version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.format.String() != "table" {
				return encode(cmd.OutOrStdout(), s.format, map[string]string{"lotse": ownVersion()})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "lotse", ownVersion())
			return err
		},
	}
}

func ownVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
