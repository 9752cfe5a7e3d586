// Package probe checks whether programs on this machine are healthy. A connection that is accepted proves nothing, because the kernel
// accepts it for a stopped process too: every probe requires an answer.
package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"lotse.dev/machine/boot"
)

// Of returns the probe that a configuration describes, or nil where it describes none.
func Of(p boot.Probe) func(context.Context) error {
	switch {
	case p.URL != "":
		return URL(p.URL)
	case p.Socket != "":
		return GRPC(p.Socket)
	}
	return nil
}

// URL requires status 200 from an HTTP or HTTPS URL. Certificates are not verified, as in a kubelet's probes: the probe is about whether the program
// answers, it sends no secret, and only root can impersonate a program on this machine.
func URL(url string) func(context.Context) error {
	client := http.Client{
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // G402: see above
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("probe URL %q: %w", url, err)
		}
		response, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("no answer: %w", err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
			return fmt.Errorf("%s answers %s: %s", url, response.Status, bytes.TrimSpace(text))
		}
		return nil
	}
}

// serving is a grpc.health.v1.HealthCheckResponse with status SERVING.
var serving = []byte{0x08, 0x01}

// GRPC requires SERVING from the standard health service on a unix socket. A server that answers that it lacks the service is healthy. The
// call is one HTTP/2 request by the standard library, which keeps a gRPC stack out of PID 1.
func GRPC(socket string) func(context.Context) error {
	var h2c http.Protocols
	h2c.SetUnencryptedHTTP2(true)
	client := http.Client{Transport: &http.Transport{
		Protocols:         &h2c,
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	return func(ctx context.Context) error {
		emptyMessage := bytes.NewReader(make([]byte, 5))
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/grpc.health.v1.Health/Check", emptyMessage)
		if err != nil {
			return fmt.Errorf("probe socket %q: %w", socket, err)
		}
		request.Header.Set("Content-Type", "application/grpc")
		request.Header.Set("TE", "trailers")
		response, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("no answer: %w", err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		if err != nil {
			return fmt.Errorf("answer is incomplete: %w", err)
		}
		return health(response.StatusCode, grpcStatus(response), body)
	}
}

// grpcStatus is in the trailer, or in the header of an answer without a body.
func grpcStatus(r *http.Response) string {
	if s := r.Trailer.Get("Grpc-Status"); s != "" {
		return s
	}
	return r.Header.Get("Grpc-Status")
}

func health(code int, status string, body []byte) error {
	const unimplemented = "12"
	switch {
	case code != http.StatusOK:
		return fmt.Errorf("not a gRPC server: HTTP status %d", code)
	case status == unimplemented:
		return nil
	case status != "0":
		return fmt.Errorf("gRPC status %s", status)
	case len(body) < 5 || !bytes.Equal(body[5:], serving):
		return errors.New("does not say SERVING")
	}
	return nil
}
