package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/management/cniplugin"
)

// serve answers the CNI plugin on a socket that only root can open, and probes on loopback.
func (e *Enforcer) serve(ctx context.Context) error {
	plugin, err := listen(e.Socket)
	if err != nil {
		return err
	}
	probes, err := net.Listen("tcp", e.Health)
	if err != nil {
		return fmt.Errorf("listen for probes: %w", err)
	}
	for listener, handler := range map[net.Listener]http.Handler{plugin: http.HandlerFunc(e.announce), probes: http.HandlerFunc(e.healthy)} {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
		go server.Serve(listener) //nolint:errcheck // ends with ctx
		context.AfterFunc(ctx, func() { _ = server.Close() })
	}
	return nil
}

func listen(socket string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return nil, fmt.Errorf("directory of %s: %w", socket, err)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("old socket %s: %w", socket, err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for the CNI plugin: %w", err)
	}
	return l, os.Chmod(socket, 0o600)
}

// announce takes a Pod's address and answers when the table contains it.
func (e *Enforcer) announce(w http.ResponseWriter, r *http.Request) {
	var a cniplugin.Announcement
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	address, err := netip.ParseAddr(a.Address)
	if err != nil || a.UID == "" {
		http.Error(w, fmt.Sprintf("pod %q has address %q", a.UID, a.Address), http.StatusBadRequest)
		return
	}
	e.addresses.assign(types.UID(a.UID), address)
	if !e.wait(r.Context(), e.request()) {
		http.Error(w, "the Pod is not in the packet filter yet", http.StatusServiceUnavailable)
	}
}

// wait until the table contains the change of a request, or the client closes its connection.
func (e *Enforcer) wait(ctx context.Context, number uint64) bool {
	stop := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.progress.Broadcast()
	})
	defer stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.done < number && ctx.Err() == nil {
		e.progress.Wait()
	}
	return ctx.Err() == nil
}

func (e *Enforcer) healthy(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		http.Error(w, e.failure.Error(), http.StatusServiceUnavailable)
	}
}
