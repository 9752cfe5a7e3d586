package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Result of a command, as the front door reads it (package command of the service has the same names).
type Result struct {
	ExitCode   int32     `json:"exitCode"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	// Reason that the command did not end by itself; empty if it did.
	Reason string `json:"reason,omitempty"`
}

const (
	tryTimeout = 5 * time.Second
	pause      = 500 * time.Millisecond
)

// reporter writes into one Secret, with a certificate that is good for nothing else.
type reporter struct {
	url    string
	client *http.Client
}

func newReporter(input, url string) (*reporter, error) {
	authority, err := os.ReadFile(filepath.Join(input, "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, errors.New("ca.crt holds no certificate")
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(input, "tls.crt"), filepath.Join(input, "tls.key"))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}
	return &reporter{url: url, client: &http.Client{Transport: transport, Timeout: tryTimeout}}, nil
}

// report until it is written or ctx ends: the API server may be starting again.
func (r *reporter) report(ctx context.Context, result Result, output []byte) error {
	meta, err := json.Marshal(result)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]map[string][]byte{"data": {"result": meta, "logs": output}})
	if err != nil {
		return err
	}
	for {
		err := r.patch(ctx, patch)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the report could not be written: %w", err)
		case <-time.After(pause):
		}
	}
}

func (r *reporter) patch(ctx context.Context, patch []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, r.url, bytes.NewReader(patch))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/merge-patch+json")
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode == http.StatusOK {
		return nil
	}
	why, _ := io.ReadAll(io.LimitReader(response.Body, 1024)) // the status says enough
	return fmt.Errorf("%s: %s", response.Status, why)
}
