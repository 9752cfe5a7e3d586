package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/spf13/cobra"

	"lotse.dev/client"
	"lotse.dev/images"
)

func newImagePushCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "push SOURCE NAME:TAG", Short: "Push an image for the clusters to run", Args: cobra.ExactArgs(2),
		Long: "Push an image into Lotse's registry and print the reference to use in a Pod.\n\n" +
			"SOURCE is a tar archive (docker save), an OCI layout directory, or a reference to another registry.\n" +
			"Images belong to a subscription, the credential's unless NAME begins with the ID of another; its clusters alone run them.",
		Example: "  docker save web:1 > web.tar; lotse image push web.tar web:1",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		image, err := readImage(cmd.Context(), args[0])
		if err != nil {
			return fmt.Errorf("reading the image: %w", err)
		}
		reference, err := push(cmd.Context(), c, image, args[1])
		if err != nil {
			return err
		}
		if s.format.String() != "table" {
			return encode(cmd.OutOrStdout(), s.format, map[string]string{"reference": reference})
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), reference)
		return err
	}
	return cmd
}

// readImage from a directory, a file or a registry: whichever the source is.
func readImage(ctx context.Context, source string) (v1.Image, error) {
	info, err := os.Stat(source)
	switch {
	case err == nil && info.IsDir():
		return readLayout(source)
	case err == nil:
		return tarball.ImageFromPath(source, nil)
	case strings.HasPrefix(source, "/"), strings.HasPrefix(source, "."), strings.HasSuffix(source, ".tar"):
		return nil, err // meant as a file
	}
	reference, err := name.ParseReference(source)
	if err != nil {
		return nil, usage(fmt.Errorf("%s is neither a file, nor a directory, nor an image reference", source))
	}
	return remote.Image(reference, remote.WithContext(ctx))
}

func readLayout(dir string) (v1.Image, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("%s is not an OCI layout: %w", dir, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("%s holds %d images; name a layout with one", dir, len(manifest.Manifests))
	}
	return index.Image(manifest.Manifests[0].Digest)
}

// owned is the name of an image with the subscription that it belongs to in front.
func owned(target, subscription string) string {
	owner, _, _ := strings.Cut(target, "/")
	if subscription == "" || subscriptionID.MatchString(owner) {
		return target
	}
	return strings.ToLower(subscription) + "/" + target
}

var subscriptionID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// push writes the image through the front door and answers with the reference that nodes use.
func push(ctx context.Context, c *client.Client, image v1.Image, target string) (string, error) {
	host, target, err := at(c, target)
	if err != nil {
		return "", err
	}
	tag, err := name.NewTag(host + "/" + target)
	if err != nil {
		return "", usage(fmt.Errorf("%s is not NAME:TAG: %w", target, err))
	}
	// The transport adds the caller's token, so the registry protocol's own login is not needed.
	if err := remote.Write(tag, image, withToken(ctx, c)...); err != nil {
		return "", fmt.Errorf("pushing %s: %w", target, err)
	}
	return fmt.Sprintf("%s/%s:%s", images.Registry, tag.RepositoryStr(), tag.TagStr()), nil
}
