package main

import "github.com/spf13/cobra"

func newImageCommand(s *session) *cobra.Command {
	return noun("image", "Images in Lotse's registry", newImagePushCommand(s))
}
