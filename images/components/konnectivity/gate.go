package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/klog/v2"
)

// gate answers the startup probe of a server's container. While an older API server serves, the new one's Pod should get requests only when
// an agent has connected to it: else exec, logs and webhooks fail. Once open it stays open: a cluster that loses all its agents later needs
// its API server to get them back.
type gate struct {
	// connected reports whether an agent has connected to this server.
	connected func(context.Context) bool
	// preceded reports whether an older API server serves the cluster.
	preceded func(context.Context) bool
	open     atomic.Bool
}

const (
	gatePeriod = 500 * time.Millisecond
	// gateLimit is for a cluster that has no agents. Where there are some, they connect within two seconds on an idle machine.
	gateLimit = 30 * time.Second
)

// watch until the gate is open, at the latest after gateLimit.
func (g *gate) watch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, gateLimit)
	defer cancel()
	defer g.open.Store(true)
	for {
		switch {
		case ctx.Err() != nil:
			klog.InfoS("no agent has connected, and the API server is not held back longer")
			return
		case g.connected(ctx):
			klog.InfoS("an agent has connected")
			return
		case !g.preceded(ctx):
			klog.InfoS("no older API server serves the cluster")
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(gatePeriod):
		}
	}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if !g.open.Load() {
		http.Error(w, "no agent has connected yet", http.StatusServiceUnavailable)
	}
}

// answers reports whether a URL answers 200. Each request has a connection of its own (the client's transport must not keep any): an old one
// would lead to an API server to which the Service leads no longer.
func answers(client *http.Client, url string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		response, err := client.Do(request)
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
}
