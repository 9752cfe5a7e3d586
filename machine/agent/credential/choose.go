package credential

import (
	"context"
	"net/http"
	"time"

	"k8s.io/utils/clock"
)

// Kind of credential.
type Kind string

// The ways to join.
const (
	Certificate Kind = "certificate"
	Token       Kind = "token"
	// Renewal by the certificate that the kubelet had.
	Renewal Kind = "renewal"
)

// pollInterval between questions to the API server.
const pollInterval = 200 * time.Millisecond

// Chooser chooses a machine's credential.
type Chooser struct {
	APIServer string // base URL
	// CA has the cluster's authorities, in PEM. They may change while the machine runs.
	CA       func() string
	NodeName string
	Token    string
	// CertificateFile holds the kubelet's certificate and key, if it has one yet.
	CertificateFile string
	// PreviousFile holds the one that it had, while it gets another.
	PreviousFile string
	Clock        clock.WithTicker
}

// Choose waits until the API server accepts a credential; a certificate is accepted when a kubelet can work with it. It passes what it waits for to setMessage.
func (c Chooser) Choose(ctx context.Context, setMessage func(format string, args ...any)) (Kind, error) {
	server, err := newAPIServer(c.APIServer, c.CA())
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
	server, err := newAPIServer(c.APIServer, c.CA())
	if err != nil {
		return false, false
	}
	certificate, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	if err != nil {
		return false, false
	}
	// Resource version 0 is answered from the API server's cache.
	code, _, err := server.get(ctx, "/api/v1/nodes/"+c.NodeName+"?resourceVersion=0", &certificate)
	if err != nil {
		return false, false
	}
	return code == http.StatusOK, code == http.StatusOK || code == http.StatusNotFound
}

// try each credential once. No kind and no error means that none is accepted.
func (c Chooser) try(ctx context.Context, server *apiServer) (Kind, error) {
	if err := server.ready(ctx); err != nil {
		return "", err
	}
	for _, own := range []struct {
		file string
		kind Kind
	}{{c.CertificateFile, Certificate}, {c.PreviousFile, Renewal}} {
		certificate, err := usable(own.file, c.NodeName, c.Clock.Now())
		if err != nil {
			continue
		}
		accepted, err := server.serves(ctx, c.NodeName, &certificate)
		if err != nil {
			return "", err
		}
		if accepted {
			return own.kind, nil
		}
	}
	accepted, err := server.accepts(ctx, c.Token)
	if err != nil || !accepted {
		return "", err
	}
	return Token, nil
}

// Current reports whether the kubelet's certificate is valid and signed by the first of the authorities.
func (c Chooser) Current() bool {
	certificate, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	return err == nil && signedByFirst(certificate.Leaf, c.CA())
}

// Report to the API server, with the kubelet's certificate, an annotation of the machine's node.
func (c Chooser) Report(ctx context.Context, annotation, value string) error {
	server, err := newAPIServer(c.APIServer, c.CA())
	if err != nil {
		return err
	}
	certificate, err := usable(c.CertificateFile, c.NodeName, c.Clock.Now())
	if err != nil {
		return err
	}
	return server.annotate(ctx, c.NodeName, annotation, value, &certificate)
}
