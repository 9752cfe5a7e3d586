package main

import "github.com/spf13/cobra"

func newImageListCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list [NAME]", Short: "List the repositories of the subscription, or the images of one", Args: cobra.MaximumNArgs(1),
		Long: "List the repositories of the subscription, or the images of one, also those that no tag refers to any more: they count for the quota.",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		if len(args) == 0 {
			documents, err := listRepositories(cmd.Context(), c)
			if err != nil {
				return err
			}
			return repositories.printList(cmd.OutOrStdout(), s.format, documents)
		}
		documents, err := listImages(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		return imagesOfRepository.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
