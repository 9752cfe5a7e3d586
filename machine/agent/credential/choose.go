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

// askAgain is how long to wait between questions.
const askAgain = 200 * time.Millisecond

// Chooser finds a machine's credential.
type Chooser struct {
	APIServer string // base URL
	CA        string // PEM
	NodeName  string
	Token     string
	// CertificateFile holds the kubelet's certificate and key, if it has any yet.
	CertificateFile string
	Clock           clock.WithTicker
}

// Choose waits until the API server accepts a credential. say gets what it waits for.
func (c Chooser) Choose(ctx context.Context, say func(format string, args ...any)) (Kind, error) {
	server, err := newAPIServer(c.APIServer, c.CA)
	if err != nil {
		return "", err
	}
	for {
		kind, err := c.try(ctx, server)
		switch {
		case err != nil:
			say("waiting for the API server at %s: %s", c.APIServer, err)
		case kind == "":
			say("waiting for the API server at %s to accept the bootstrap token", c.APIServer)
		default:
			say("")
			return kind, nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-c.Clock.After(askAgain):
		}
	}
}

// Usable says, without asking anyone, whether the certificate on disk is good for now.
func (c Chooser) Usable() bool {
	_, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	return err == nil
}

// Registered asks the API server, with the kubelet's certificate, whether the machine's node is there. Known is false where it cannot
// tell: then nothing is to be concluded.
func (c Chooser) Registered(ctx context.Context) (registered, known bool) {
	server, err := newAPIServer(c.APIServer, c.CA)
	if err != nil {
		return false, false
	}
	certificate, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	if err != nil {
		return false, false
	}
	// Version 0 is answered from the API server's memory.
	code, _, err := server.ask(ctx, http.MethodGet, "/api/v1/nodes/"+c.NodeName+"?resourceVersion=0", "", &certificate)
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
		accepted, err := server.accepts(ctx, "", &certificate)
		if err != nil {
			return "", err
		}
		if accepted {
			return Certificate, nil
		}
	}
	accepted, err := server.accepts(ctx, c.Token, nil)
	if err != nil || !accepted {
		return "", err
	}
	return Token, nil
}
