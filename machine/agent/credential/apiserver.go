package credential

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// requestTimeout of one request to the API server.
const requestTimeout = 5 * time.Second

const review = `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`

// apiServer is called on a new connection each time: its certificate, and the routes to it, may change while a control plane starts.
type apiServer struct {
	url string
	ca  *x509.CertPool
}

func newAPIServer(base, ca string) (*apiServer, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(ca)) {
		return nil, errors.New("clusterCA holds no certificate in PEM; write the machine's boot file again")
	}
	return &apiServer{url: strings.TrimSuffix(base, "/"), ca: pool}, nil
}

// ready calls /readyz. An API server that rejects anonymous requests is ready enough for authenticated ones.
func (a *apiServer) ready(ctx context.Context) error {
	code, text, err := a.get(ctx, "/readyz", nil)
	if err != nil {
		return err
	}
	switch code {
	case http.StatusOK, http.StatusUnauthorized, http.StatusForbidden:
		return nil
	}
	return fmt.Errorf("it is not ready: %d: %s", code, text)
}

// accepts reports whether the API server authenticates a token.
func (a *apiServer) accepts(ctx context.Context, token string) (bool, error) {
	code, text, err := a.send(ctx, message{
		method: http.MethodPost, path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", content: "application/json", body: review,
	}, token, nil)
	if err != nil {
		return false, err
	}
	switch code {
	case http.StatusCreated, http.StatusOK:
		return true, nil
	case http.StatusUnauthorized, http.StatusForbidden: // forbidden: the request counted as anonymous
		return false, nil
	}
	return false, fmt.Errorf("it cannot authenticate the machine: %d: %s", code, text)
}

// serves reports whether the API server gives a kubelet with this certificate what it needs before it runs a Pod. A kubelet that is refused, or
// told to wait, asks again ever later, and meanwhile fails its first Pods, which it then tries again only after some 10 s.
func (a *apiServer) serves(ctx context.Context, node string, certificate *tls.Certificate) (bool, error) {
	for _, list := range []struct{ of, fields string }{
		{"services", "metadata.name=kubernetes"}, // of one name: only whether it is answered counts
		{"nodes", "metadata.name=" + node},       // a node may list no other
	} {
		// Resource version 0 is answered from the cache that the kubelet's watches need, as soon as it is there.
		path := "/api/v1/" + list.of + "?resourceVersion=0&fieldSelector=" + url.QueryEscape(list.fields)
		code, text, err := a.get(ctx, path, certificate)
		switch {
		case err != nil:
			return false, err
		case code == http.StatusUnauthorized || code == http.StatusForbidden:
			return false, nil
		case code != http.StatusOK:
			return false, fmt.Errorf("it does not list %s yet: %d: %s", list.of, code, text)
		}
	}
	return true, nil
}

// annotate a node, in the name of that node.
func (a *apiServer) annotate(ctx context.Context, node, annotation, value string, certificate *tls.Certificate) error {
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{annotation: value}}})
	if err != nil {
		return err
	}
	code, text, err := a.send(ctx, message{
		method: http.MethodPatch, path: "/api/v1/nodes/" + node, content: "application/merge-patch+json", body: string(body),
	}, "", certificate)
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("the API server answers %d: %s", code, text)
	}
	return err
}

func (a *apiServer) get(ctx context.Context, path string, certificate *tls.Certificate) (int, string, error) {
	return a.send(ctx, message{method: http.MethodGet, path: path, content: "application/json"}, "", certificate)
}

// message to the API server.
type message struct{ method, path, content, body string }

func (a *apiServer) send(ctx context.Context, m message, token string, certificate *tls.Certificate) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	config := &tls.Config{RootCAs: a.ca, MinVersion: tls.VersionTLS12}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, m.method, a.url+m.path, strings.NewReader(m.body))
	if err != nil {
		return 0, "", fmt.Errorf("the API server's address %q: %w", a.url, err)
	}
	request.Header.Set("Content-Type", m.content)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 300))
	return response.StatusCode, strings.TrimSpace(string(text)), nil
}
