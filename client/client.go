package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds what is read of one answer, in bytes. Lists are paged well below it.
const maxAnswer = 64 << 20

// Client calls one front door in the name of one credential. It may be used by several goroutines.
type Client struct {
	Credential Credential
	// PollEvery, if set, replaces the pause between two looks at an operation that the server asks for with Retry-After.
	PollEvery time.Duration

	http  *http.Client // authorized
	plain *http.Client // for what needs no token

	tokens *tokens
}

// New makes a client. It does not call the server yet.
func New(c Credential) (*Client, error) {
	trust, err := c.TLS()
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	plain := &http.Client{Transport: transport, Timeout: 2 * time.Minute}
	door, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("the credential's endpoint: %w", err)
	}
	own := &tokens{credential: c, http: plain}
	authorized := &bearer{next: transport, host: door.Host, tokens: own}
	return &Client{
		Credential: c,
		http:       &http.Client{Transport: authorized, Timeout: 2 * time.Minute},
		plain:      plain,
		tokens:     own,
	}, nil
}

// Transport adds the caller's token to requests for the front door and leaves others as they are: for protocols other than ARM that the
// front door speaks, such as the registry's.
func (c *Client) Transport() http.RoundTripper { return c.http.Transport }

// Token of the credential's principal, and when it ends: for handing on to programs that shall not see the secret.
func (c *Client) Token(ctx context.Context) (string, time.Time, error) { return c.tokens.get(ctx) }

// Alive asks the front door for its metadata, which needs no token. An error means that nobody answers there, or not Lotse.
func (c *Client) Alive(ctx context.Context) error {
	_, _, err := c.exchange(ctx, c.plain, http.MethodGet, c.Credential.Endpoint+"/metadata/endpoints?api-version=2015-01-01", nil, nil)
	return err
}

// Get reads a resource.
func (c *Client) Get(ctx context.Context, path string) (json.RawMessage, error) {
	body, _, err := c.do(ctx, http.MethodGet, path, nil, nil)
	return body, err
}

// List reads all pages of a list.
func (c *Client) List(ctx context.Context, path string) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for path != "" {
		body, _, err := c.do(ctx, http.MethodGet, path, nil, nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Value    []json.RawMessage `json:"value"`
			NextLink string            `json:"nextLink"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, fmt.Errorf("list %s is not valid JSON: %w", path, err)
		}
		all, path = append(all, page.Value...), page.NextLink
	}
	return all, nil
}

// Put creates or changes a resource.
func (c *Client) Put(ctx context.Context, path string, body any) (*Operation, error) {
	return c.start(ctx, http.MethodPut, path, body, nil)
}

// PutIfMatch changes a resource unless somebody else changed it since etag was read. An empty etag asks for nothing.
func (c *Client) PutIfMatch(ctx context.Context, path, etag string, body any) (*Operation, error) {
	if etag == "" {
		return c.Put(ctx, path, body)
	}
	return c.start(ctx, http.MethodPut, path, body, http.Header{"If-Match": {etag}})
}

// Delete removes a resource. Deleting what is not there is no error: the operation has then ended.
func (c *Client) Delete(ctx context.Context, path string) (*Operation, error) {
	return c.start(ctx, http.MethodDelete, path, nil, nil)
}

// Post runs an action that answers at once.
func (c *Client) Post(ctx context.Context, path string, body any) (json.RawMessage, error) {
	answer, _, err := c.do(ctx, http.MethodPost, path, body, nil)
	return answer, err
}

func (c *Client) start(ctx context.Context, method, path string, body any, header http.Header) (*Operation, error) {
	answer, response, err := c.do(ctx, method, path, body, header)
	if err != nil {
		return nil, err
	}
	return &Operation{
		client: c, Body: answer, Status: response.StatusCode,
		async: response.Header.Get("Azure-AsyncOperation"), location: response.Header.Get("Location"),
		pause: retryAfter(response.Header),
	}, nil
}

// do sends one authorized request. A path may be absolute, as links of the server are.
func (c *Client) do(ctx context.Context, method, path string, body any, header http.Header) (json.RawMessage, *http.Response, error) {
	address := path
	if !strings.Contains(path, "://") {
		address = c.Credential.Endpoint + withVersion(path)
	}
	return c.exchange(ctx, c.http, method, address, body, header)
}

func (c *Client) exchange(ctx context.Context, via *http.Client, method, address string, body any, header http.Header) (json.RawMessage, *http.Response, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, nil, fmt.Errorf("%s %s: %w", method, address, err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := via.Do(request)
	if err != nil {
		return nil, nil, unreachable(err, c.Credential.Endpoint)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: reading the answer: %w", method, address, err)
	}
	if response.StatusCode >= 400 {
		return nil, response, refusal(response, answer)
	}
	return answer, response, nil
}
