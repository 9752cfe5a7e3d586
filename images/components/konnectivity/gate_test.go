package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheStartWaitsForAnAgentWhileAnOlderServerServes(t *testing.T) {
	never := time.Hour
	for name, c := range map[string]struct{ agentAfter, olderEnds, opens time.Duration }{
		"no older one: at once, agents or not":       {agentAfter: never, olderEnds: 0, opens: 0},
		"an agent connects: then":                    {agentAfter: 2 * time.Second, olderEnds: never, opens: 2 * time.Second},
		"the older one ends: then":                   {agentAfter: never, olderEnds: 3 * time.Second, opens: 3 * time.Second},
		"there are no agents: at the limit":          {agentAfter: never, olderEnds: never, opens: gateLimit},
		"an agent that left again does not close it": {agentAfter: 0, olderEnds: never, opens: 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				g := &gate{
					connected: func(context.Context) bool { return time.Since(began) >= c.agentAfter },
					preceded:  func(context.Context) bool { return time.Since(began) < c.olderEnds },
				}
				g.watch(t.Context())
				if got := time.Since(began); got != c.opens {
					t.Errorf("it opens after %s, want %s", got, c.opens)
				}
				if !g.open.Load() {
					t.Error("it is closed")
				}
			})
		})
	}
}

func TestTheStartupProbeIsAnswered(t *testing.T) {
	g := &gate{}
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		answer := httptest.NewRecorder()
		g.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
		if answer.Code != want {
			t.Errorf("the answer is %d, want %d", answer.Code, want)
		}
		g.open.Store(true)
	}
}

func TestATunnelIsNeededWhileItsAPIServerIsThere(t *testing.T) {
	var tunnels atomic.Int32
	open := func() int { return int(tunnels.Load()) }
	api := listen(t)
	if f := (farewell{apiServer: api, tunnels: open}); !f.needed() {
		t.Error("its API server listens, and it is not needed")
	}
	const nobody = "127.0.0.1:1"
	tunnels.Store(1)
	if f := (farewell{apiServer: nobody, tunnels: open}); !f.needed() {
		t.Error("its API server finishes a request, and it is not needed")
	}
	tunnels.Store(0)
	if f := (farewell{apiServer: nobody, tunnels: open}); f.needed() {
		t.Error("its API server is gone, and it is needed")
	}
	if f := (farewell{tunnels: open}); f.needed() {
		t.Error("it has no API server, and is needed")
	}
}
