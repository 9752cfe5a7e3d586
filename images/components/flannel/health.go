package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

// health answers probes: /healthz while the process runs, /readyz once the node's pods can be connected.
type health struct {
	ready atomic.Bool
}

func (h *health) serve(port int) error {
	if port == 0 {
		return nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("listening for probes (choose another --healthz-port): %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !h.ready.Load() {
			http.Error(w, "waiting for the node's podCIDR", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	go http.Serve(listener, mux) //nolint:errcheck // ends with the process
	return nil
}
