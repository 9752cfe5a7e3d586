package credential

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// askTimeout of one question to the API server.
const askTimeout = 5 * time.Second

const review = `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`

// apiServer is asked anew on a connection of its own each time: its certificate, its address's route and ours may all change while a
// control plane starts.
type apiServer struct {
	url string
	ca  *x509.CertPool
}

func newAPIServer(url, ca string) (*apiServer, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(ca)) {
		return nil, errors.New("clusterCA holds no certificate in PEM; the machine's boot file has to be written again")
	}
	return &apiServer{url: strings.TrimSuffix(url, "/"), ca: pool}, nil
}

// ready asks for /readyz. An API server that does not answer strangers is ready enough to be asked as someone.
func (a *apiServer) ready(ctx context.Context) error {
	code, text, err := a.ask(ctx, http.MethodGet, "/readyz", "", nil)
	if err != nil {
		return err
	}
	switch code {
	case http.StatusOK, http.StatusUnauthorized, http.StatusForbidden:
		return nil
	}
	return fmt.Errorf("it is not ready: %d: %s", code, text)
}

// accepts says whether the API server knows the bearer of a token or certificate.
func (a *apiServer) accepts(ctx context.Context, token string, certificate *tls.Certificate) (bool, error) {
	code, text, err := a.ask(ctx, http.MethodPost, "/apis/authentication.k8s.io/v1/selfsubjectreviews", token, certificate)
	if err != nil {
		return false, err
	}
	switch code {
	case http.StatusCreated, http.StatusOK:
		return true, nil
	case http.StatusUnauthorized, http.StatusForbidden: // forbidden: taken for anonymous
		return false, nil
	}
	return false, fmt.Errorf("it cannot tell who we are: %d: %s", code, text)
}

func (a *apiServer) ask(ctx context.Context, method, path, token string, certificate *tls.Certificate) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	config := &tls.Config{RootCAs: a.ca, MinVersion: tls.VersionTLS12}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(review)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, body)
	if err != nil {
		return 0, "", fmt.Errorf("the API server's address %q: %w", a.url, err)
	}
	request.Header.Set("Content-Type", "application/json")
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
