package client

import (
	"context"
	"io"
	"net/http"
)

// Stream reads an answer as it comes, for as long as the context lasts. The caller closes it.
func (c *Client) Stream(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Credential.Endpoint+withVersion(path), nil)
	if err != nil {
		return nil, err
	}
	endless := &http.Client{Transport: c.http.Transport}
	response, err := endless.Do(request)
	if err != nil {
		return nil, unreachable(err, c.Credential.Endpoint)
	}
	if response.StatusCode < http.StatusBadRequest {
		return response.Body, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	return nil, refusal(response, body)
}
