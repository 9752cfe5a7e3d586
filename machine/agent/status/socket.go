package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Socket of an agent that is not configured otherwise.
const Socket = "/run/lotse/agent.sock"

// Serve the report on a unix socket until ctx ends. Only root may connect.
func Serve(ctx context.Context, socket string, report func() Report) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		return fmt.Errorf("making the directory of the status socket: %w", err)
	}
	// The socket of an agent that was killed would block the address.
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the old status socket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("listening on the status socket: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return fmt.Errorf("restricting the status socket to root: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(report())
	})}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return nil
}

// Ask the agent that answers on a socket.
func Ask(ctx context.Context, socket string) (Report, error) {
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://agent/status", nil)
	if err != nil {
		return Report{}, fmt.Errorf("asking the agent: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return Report{}, fmt.Errorf("no agent answers on %s; is lotse-node running? %w", socket, err)
	}
	defer response.Body.Close()
	var r Report
	if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
		return Report{}, fmt.Errorf("parsing the agent's answer: %w", err)
	}
	return r, nil
}
