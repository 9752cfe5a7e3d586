package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// renewBefore the end of a token's life: the SDKs, to whom a token may be handed on, do not take one that ends sooner.
const renewBefore = 10 * time.Minute

// tokens fetches and keeps one token in memory.
type tokens struct {
	credential Credential
	http       *http.Client

	mu      sync.Mutex
	value   string
	expires time.Time
}

// get answers with a token that is good for a while.
func (t *tokens) get(ctx context.Context) (value string, expires time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value != "" && time.Until(t.expires) > renewBefore {
		return t.value, t.expires, nil
	}
	value, lifetime, err := t.fetch(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	t.value, t.expires = value, time.Now().Add(lifetime)
	return value, t.expires, nil
}

func (t *tokens) fetch(ctx context.Context) (string, time.Duration, error) {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {t.credential.AppID},
		"client_secret": {t.credential.Secret},
		"scope":         {t.credential.Endpoint + "/.default"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.credential.Endpoint+"/adfs/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := t.http.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", 0, fmt.Errorf("reading the token: %w", err)
	}
	return parseToken(response, content)
}

func parseToken(response *http.Response, content []byte) (string, time.Duration, error) {
	var answer struct {
		Token       string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
		Error       string      `json:"error"`
		Description string      `json:"error_description"`
	}
	err := json.Unmarshal(content, &answer)
	if response.StatusCode != http.StatusOK {
		return "", 0, &Error{Status: http.StatusUnauthorized, Code: "AuthenticationFailed", Message: strings.TrimSpace(
			fmt.Sprintf("the front door gave no token (HTTP %d %s): %s", response.StatusCode, answer.Error, answer.Description))}
	}
	if err != nil {
		return "", 0, fmt.Errorf("the token endpoint's answer is not valid JSON: %w", err)
	}
	if answer.Token == "" {
		return "", 0, errors.New("the token endpoint answered without a token")
	}
	seconds, err := answer.ExpiresIn.Int64()
	if err != nil {
		seconds = 0 // without a lifetime the token serves one request
	}
	return answer.Token, time.Duration(seconds) * time.Second, nil
}

// bearer adds the token to requests for one host. A token is for nobody else: a redirect or a foreign link must not carry it away.
type bearer struct {
	next   http.RoundTripper
	host   string
	tokens *tokens
}

// RoundTrip implements http.RoundTripper.
func (b *bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host != b.host || request.URL.Scheme != "https" {
		return b.next.RoundTrip(request)
	}
	token, _, err := b.tokens.get(request.Context())
	if err != nil {
		if request.Body != nil {
			request.Body.Close() // RoundTrippers close the body also on errors
		}
		return nil, err
	}
	authorized := request.Clone(request.Context())
	authorized.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(authorized)
}
