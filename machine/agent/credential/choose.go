package credential

import (
	"context"
	"net/http"
	"time"

	"k8s.io/utils/clock"
)

// Kind of credential.
type Kind string

// The two ways to join.
const (
	Certificate Kind = "certificate"
	Token       Kind = "token"
)

// pollInterval between questions to the API server.
const pollInterval = 200 * time.Millisecond

// Chooser chooses a machine's credential.
type Chooser struct {
	APIServer string // base URL
	CA        string // PEM
	NodeName  string
	Token     string
	// CertificateFile holds the kubelet's certificate and key, if it has one yet.
	CertificateFile string
	Clock           clock.WithTicker
}

// Choose waits until the API server accepts a credential; a certificate is accepted when a kubelet can work with it. It passes what it waits for to setMessage.
func (c Chooser) Choose(ctx context.Context, setMessage func(format string, args ...any)) (Kind, error) {
	server, err := newAPIServer(c.APIServer, c.CA)
	if err != nil {
		return "", err
	}
	for {
		kind, err := c.try(ctx, server)
		switch {
		case err != nil:
			setMessage("waiting for the API server at %s: %s", c.APIServer, err)
		case kind == "":
			setMessage("waiting for the API server at %s to accept the machine's certificate or bootstrap token", c.APIServer)
		default:
			setMessage("")
			return kind, nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-c.Clock.After(pollInterval):
		}
	}
}

// Usable reports whether the certificate on disk is valid, without asking the API server.
func (c Chooser) Usable() bool {
	_, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	return err == nil
}

// Registered asks the API server, with the kubelet's certificate, whether the machine's node exists. Known is false if there is no
// definite answer.
func (c Chooser) Registered(ctx context.Context) (registered, known bool) {
	server, err := newAPIServer(c.APIServer, c.CA)
	if err != nil {
		return false, false
	}
	certificate, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	if err != nil {
		return false, false
	}
	// Resource version 0 is answered from the API server's cache.
	code, _, err := server.call(ctx, http.MethodGet, "/api/v1/nodes/"+c.NodeName+"?resourceVersion=0", "", &certificate)
	if err != nil {
		return false, false
	}
	return code == http.StatusOK, code == http.StatusOK || code == http.StatusNotFound
}

// try both credentials once. No kind and no error means that neither is accepted.
func (c Chooser) try(ctx context.Context, server *apiServer) (Kind, error) {
	if err := server.ready(ctx); err != nil {
		return "", err
	}
	if certificate, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now()); err == nil {
		accepted, err := server.serves(ctx, c.NodeName, &certificate)
		if err != nil {
			return "", err
		}
		if accepted {
			return Certificate, nil
		}
	}
	accepted, err := server.accepts(ctx, c.Token)
	if err != nil || !accepted {
		return "", err
	}
	return Token, nil
}
