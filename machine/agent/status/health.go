package status

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// ServeHealth answers the health probes of the management cluster's kubelet, on TCP until ctx ends: /livez succeeds while the agent runs,
// /readyz while all its processes are healthy. A machine whose agent does not answer has hung; an unhealthy kubelet is restarted by the agent.
func ServeHealth(ctx context.Context, address string, report func() Report) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listening for health probes: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, Handler: health(report)}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return nil
}

func health(report func() Report) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if unhealthy := report().unhealthy(); len(unhealthy) > 0 {
			http.Error(w, "not healthy: "+strings.Join(unhealthy, ", "), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	})
	return mux
}

// unhealthy processes that are not optional, by name only: everything that reaches the port can read it.
func (r Report) unhealthy() (names []string) {
	for _, p := range r.Processes {
		if !p.Healthy && !p.Optional {
			names = append(names, p.Name)
		}
	}
	return names
}
