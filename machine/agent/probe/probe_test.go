package probe

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"lotse.dev/machine/boot"
)

// grpcServer answers every call with an optional message and a status.
func grpcServer(t *testing.T, message []byte, grpcStatus string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var h2c http.Protocols
	h2c.SetUnencryptedHTTP2(true)
	server := http.Server{Protocols: &h2c, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/grpc.health.v1.Health/Check" {
			t.Errorf("path %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		_, _ = w.Write(message)
		w.Header().Set("Grpc-Status", grpcStatus)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return socket
}

func TestGRPC(t *testing.T) {
	for sentence, c := range map[string]struct {
		message []byte
		status  string
		healthy bool
	}{
		"a server that says SERVING is healthy":                      {[]byte{0, 0, 0, 0, 2, 8, 1}, "0", true},
		"a server that says NOT_SERVING is not":                      {[]byte{0, 0, 0, 0, 2, 8, 2}, "0", false},
		"a server without the health service answers, so is healthy": {nil, "12", true},
		"a server that fails is not healthy":                         {nil, "13", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := Of(boot.Probe{Socket: grpcServer(t, c.message, c.status)})(t.Context())
			if (err == nil) != c.healthy {
				t.Error(err)
			}
		})
	}
}

// The kernel accepts connections for a process that SIGSTOP holds, up to its backlog.
func TestAServerThatAcceptsButNeverAnswersIsNotHealthy(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if GRPC(socket)(ctx) == nil {
		t.Error("healthy")
	}
}

func TestURL(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/livez" {
			http.Error(w, "failed", http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	if err := URL(server.URL + "/livez")(t.Context()); err != nil {
		t.Error(err)
	}
	if URL(server.URL+"/other")(t.Context()) == nil {
		t.Error("500 counts as healthy")
	}
}
