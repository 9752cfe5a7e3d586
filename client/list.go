package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// page of a list, as ARM divides it.
type page struct {
	Value    []json.RawMessage `json:"value"`
	NextLink string            `json:"nextLink"`
}

// List reads all pages of a list.
func (c *Client) List(ctx context.Context, path string) ([]json.RawMessage, error) {
	pages := runtime.NewPager(runtime.PagingHandler[page]{
		More: func(p page) bool { return p.NextLink != "" },
		Fetcher: func(ctx context.Context, last *page) (page, error) {
			next := ""
			if last != nil {
				next = last.NextLink
			}
			return c.page(ctx, path, next)
		},
	})
	all := []json.RawMessage{}
	for pages.More() {
		p, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Value...)
	}
	return all, nil
}

func (c *Client) page(ctx context.Context, path, next string) (p page, err error) {
	first := func(ctx context.Context) (*policy.Request, error) { return c.request(ctx, http.MethodGet, path, nil) }
	response, err := runtime.FetcherForNextLink(ctx, c.pipeline, next, first, nil)
	if err != nil {
		return p, c.meaning(err)
	}
	if err := runtime.UnmarshalAsJSON(response, &p); err != nil {
		return p, fmt.Errorf("list %s is not valid JSON: %w", path, err)
	}
	return p, nil
}
