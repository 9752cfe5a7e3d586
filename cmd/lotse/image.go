package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/spf13/cobra"

	"lotse.dev/client"
	"lotse.dev/images"
)

func newImageCommand(s *session) *cobra.Command {
	return noun("image", "Images in Lotse's registry", newImagePushCommand(s), newImageListCommand(s), newImageDeleteCommand(s), newImagePublishNodeCommand())
}

// image as the registry lists it.
type image struct {
	Digest string    `json:"digest"`
	Tags   []string  `json:"tags"`
	Bytes  int64     `json:"bytes"`
	Pushed time.Time `json:"pushed"`
}

var imagesOfRepository = table[image]{
	columns: []string{"DIGEST", "TAGS", "BYTES", "PUSHED"},
	row: func(i image) []string {
		return []string{i.Digest, strings.Join(i.Tags, ","), strconv.FormatInt(i.Bytes, 10), i.Pushed.Format(time.RFC3339)}
	},
}

var repositories = table[string]{columns: []string{"NAME"}, row: func(n string) []string { return []string{n} }}

// at the front door, an image that is named with or without its subscription and the registry's name.
func at(c *client.Client, image string) (host, named string, err error) {
	frontDoor, err := url.Parse(c.Credential.Endpoint)
	if err != nil {
		return "", "", err
	}
	return frontDoor.Host, owned(strings.TrimPrefix(image, images.Registry+"/"), c.Credential.SubscriptionID), nil
}

func withToken(ctx context.Context, c *client.Client) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.WithTransport(c.Transport())}
}

// listRepositories of the credential's subscription.
func listRepositories(ctx context.Context, c *client.Client) (documents []json.RawMessage, err error) {
	host, prefix, err := at(c, "")
	if err != nil {
		return nil, err
	}
	registry, err := name.NewRegistry(host)
	if err != nil {
		return nil, err
	}
	all, err := remote.Catalog(ctx, registry, withToken(ctx, c)...)
	if err != nil {
		return nil, fmt.Errorf("listing repositories: %w", err)
	}
	for _, n := range all {
		if strings.HasPrefix(n, prefix) {
			document, _ := json.Marshal(n) // a string
			documents = append(documents, document)
		}
	}
	return documents, nil
}

// listImages of a repository.
func listImages(ctx context.Context, c *client.Client, of string) ([]json.RawMessage, error) {
	host, named, err := at(c, of)
	if err != nil {
		return nil, err
	}
	if _, err := name.NewRepository(host + "/" + named); err != nil {
		return nil, usage(fmt.Errorf("%s is no NAME: %w", of, err))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Credential.Endpoint+"/v2/"+named+"/_lotse/manifests/list", nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.Transport().RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if err := transport.CheckError(answer, http.StatusOK); err != nil {
		return nil, fmt.Errorf("listing %s: %w", named, err)
	}
	var list struct {
		Manifests []json.RawMessage `json:"manifests"`
	}
	return list.Manifests, json.NewDecoder(answer.Body).Decode(&list)
}
