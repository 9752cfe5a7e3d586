package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Client calls one front door in the name of one credential. It may be used by several goroutines.
type Client struct {
	Credential Credential
	// PollEvery, if set, replaces the pause between two polls of an operation that the server asks for with Retry-After.
	PollEvery time.Duration

	tokens    *tokens
	transport *bearer
	pipeline  runtime.Pipeline // authorized
	anonymous runtime.Pipeline // for requests that need no token
}

// New makes a client. It does not call the server yet.
func New(c Credential) (*Client, error) {
	trust, err := c.TLS()
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	frontDoor, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("the credential's endpoint: %w", err)
	}
	source := newTokens(c, transport)
	authorized := &bearer{next: transport, host: frontDoor.Host, credential: source}
	return &Client{
		Credential: c,
		tokens:     source,
		transport:  authorized,
		pipeline:   newPipeline(authorized),
		anonymous:  newPipeline(transport),
	}, nil
}

// Transport adds the caller's token to requests for the front door and leaves others as they are: for protocols other than ARM that the
// front door speaks, such as the registry's.
func (c *Client) Transport() http.RoundTripper { return c.transport }

// Token of the credential's principal, and when it expires: for programs that must not see the secret.
func (c *Client) Token(ctx context.Context) (string, time.Time, error) {
	t, err := c.tokens.GetToken(ctx, policy.TokenRequestOptions{})
	return t.Token, t.ExpiresOn, err
}

// Alive asks the front door for its metadata, which needs no token. An error means that nothing answers there, or that it is not Lotse.
func (c *Client) Alive(ctx context.Context) error {
	request, err := runtime.NewRequest(ctx, http.MethodGet, c.Credential.Endpoint+"/metadata/endpoints?api-version=2015-01-01")
	if err != nil {
		return err
	}
	_, err = c.send(c.anonymous, request)
	return err
}

// Get reads a resource.
func (c *Client) Get(ctx context.Context, path string) (json.RawMessage, error) {
	return c.do(ctx, http.MethodGet, path, nil)
}

// Post runs an action that answers at once.
func (c *Client) Post(ctx context.Context, path string, body any) (json.RawMessage, error) {
	return c.do(ctx, http.MethodPost, path, body)
}

// Begin runs an action that is an operation, such as the stop of a cluster.
func (c *Client) Begin(ctx context.Context, path string, body any) (*Operation, error) {
	request, err := c.request(ctx, http.MethodPost, path, body)
	if err != nil {
		return nil, err
	}
	return c.start(request)
}

// Put creates or changes a resource.
func (c *Client) Put(ctx context.Context, path string, body any) (*Operation, error) {
	return c.PutIfMatch(ctx, path, "", body)
}

// PutIfMatch changes a resource unless it was changed since etag was read, or, with etag *, unless it does not exist. An empty etag is not
// checked.
func (c *Client) PutIfMatch(ctx context.Context, path, etag string, body any) (*Operation, error) {
	request, err := c.request(ctx, http.MethodPut, path, body)
	if err != nil {
		return nil, err
	}
	if etag != "" {
		request.Raw().Header.Set("If-Match", etag)
	}
	return c.start(request)
}

// Delete removes a resource. Deleting a resource that does not exist is no error: the operation has then ended.
func (c *Client) Delete(ctx context.Context, path string) (*Operation, error) {
	request, err := c.request(ctx, http.MethodDelete, path, nil)
	if err != nil {
		return nil, err
	}
	return c.start(request)
}

// do sends one request and reads its answer.
func (c *Client) do(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	request, err := c.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	response, err := c.send(c.pipeline, request)
	if err != nil {
		return nil, err
	}
	return runtime.Payload(response)
}

// request for a path. A path may be absolute, as links of the server are.
func (c *Client) request(ctx context.Context, method, path string, body any) (*policy.Request, error) {
	address := path
	if !strings.Contains(path, "://") {
		address = c.Credential.Endpoint + withVersion(path)
	}
	request, err := runtime.NewRequest(ctx, method, address)
	if err == nil && body != nil {
		err = runtime.MarshalAsJSON(request, body)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	return request, nil
}

// send answers with a response whose status is below 400.
func (c *Client) send(via runtime.Pipeline, request *policy.Request) (*http.Response, error) {
	response, err := via.Do(request)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = runtime.NewResponseError(response)
	}
	if err != nil {
		return nil, c.meaning(err)
	}
	return response, nil
}
