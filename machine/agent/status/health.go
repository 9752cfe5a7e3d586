package status

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// ServeHealth answers the probes of who runs this machine, on TCP until ctx ends: /livez says that the agent itself is there, /readyz that
// all it keeps is well. A machine whose agent does not answer has hung; one whose kubelet is unwell is the agent's own business.
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
		if unwell := report().unwell(); len(unwell) > 0 {
			http.Error(w, "not well: "+strings.Join(unwell, ", "), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	})
	return mux
}

// unwell are the processes that count and are not well. What is wrong with them is not for everyone who can reach the port.
func (r Report) unwell() (names []string) {
	for _, p := range r.Processes {
		if !p.Healthy && !p.Optional {
			names = append(names, p.Name)
		}
	}
	return names
}
