package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// renewBefore the end of a token's life: the SDKs, to which a token may be handed on, accept none that ends sooner.
const renewBefore = 10 * time.Minute

// tokens fetches tokens of a credential and keeps one in memory.
type tokens struct {
	config clientcredentials.Config
	http   *http.Client

	mu      sync.Mutex
	current azcore.AccessToken
}

var _ azcore.TokenCredential = (*tokens)(nil)

func newTokens(c Credential, transport http.RoundTripper) *tokens {
	return &tokens{
		http: &http.Client{Transport: transport, Timeout: tryTimeout},
		config: clientcredentials.Config{
			ClientID: c.AppID, ClientSecret: c.Secret, TokenURL: c.Endpoint + "/adfs/oauth2/token", Scopes: []string{c.Endpoint + "/.default"},
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// GetToken implements azcore.TokenCredential. The token is for the front door, whatever scope is asked for.
func (t *tokens) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.Token != "" && time.Until(t.current.ExpiresOn) > renewBefore {
		return t.current, nil
	}
	fetched, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.http))
	if err != nil {
		return azcore.AccessToken{}, noToken(err)
	}
	t.current = azcore.AccessToken{Token: fetched.AccessToken, ExpiresOn: fetched.Expiry}
	if fetched.Expiry.IsZero() {
		t.current.ExpiresOn = time.Now() // without a lifetime the token serves one request
	}
	return t.current, nil
}

// noToken is a refusal of the token endpoint as an *Error.
func noToken(err error) error {
	refused := (*oauth2.RetrieveError)(nil)
	if !errors.As(err, &refused) {
		return err
	}
	return &Error{Status: http.StatusUnauthorized, Code: "AuthenticationFailed", Message: strings.TrimSpace(fmt.Sprintf(
		"the front door gave no token (HTTP %d %s): %s", refused.Response.StatusCode, refused.ErrorCode, refused.ErrorDescription))}
}

// bearer adds the token to requests for one host, so that neither a redirect nor a link of the server carries it to another.
type bearer struct {
	next       http.RoundTripper
	host       string
	credential azcore.TokenCredential
}

// RoundTrip implements http.RoundTripper.
func (b *bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host != b.host || request.URL.Scheme != "https" {
		return b.next.RoundTrip(request)
	}
	token, err := b.credential.GetToken(request.Context(), policy.TokenRequestOptions{})
	if err != nil {
		if request.Body != nil {
			request.Body.Close() // a RoundTripper closes the body also on errors
		}
		return nil, err
	}
	authorized := request.Clone(request.Context())
	authorized.Header.Set("Authorization", "Bearer "+token.Token)
	return b.next.RoundTrip(authorized)
}
