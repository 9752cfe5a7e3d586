package main

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newImageDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete NAME:TAG | NAME@DIGEST", Short: "Delete an image with all its tags", Args: cobra.ExactArgs(1),
		Long: "Delete an image with all its tags. Its space is free within two hours, if no other image needs it.",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		return deleteImage(cmd.Context(), c, args[0])
	}
	return cmd
}

// deleteImage by its digest: deleting a tag would leave the image.
func deleteImage(ctx context.Context, c *client.Client, image string) error {
	host, named, err := at(c, image)
	if err != nil {
		return err
	}
	reference, err := name.ParseReference(host+"/"+named, name.StrictValidation)
	if err != nil {
		return usage(fmt.Errorf("%s is neither NAME:TAG nor NAME@DIGEST: %w", image, err))
	}
	if tag, ok := reference.(name.Tag); ok {
		found, err := remote.Head(tag, withToken(ctx, c)...)
		if err != nil {
			return fmt.Errorf("looking for %s: %w", named, err)
		}
		reference = tag.Digest(found.Digest.String())
	}
	if err := remote.Delete(reference, withToken(ctx, c)...); err != nil {
		return fmt.Errorf("deleting %s: %w", named, err)
	}
	return nil
}
