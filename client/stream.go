package client

import (
	"context"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Stream reads an answer as it comes, for as long as the context lasts. The caller closes it.
func (c *Client) Stream(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := c.request(policy.WithRetryOptions(ctx, retries(0)), http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	runtime.SkipBodyDownload(request)
	response, err := c.send(c.pipeline, request)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
