package main

import (
	"context"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// farewell delays the end of a server. All containers of a Pod are told to end at the same time, but an API server goes on for some seconds,
// until clients have gone elsewhere, and its last requests may need webhooks. The Pod's grace period is the limit.
type farewell struct {
	// apiServer is the address of the API server in the same Pod; "" for none.
	apiServer string
	// tunnels is how many connections through this server are open.
	tunnels func() int
}

// stop is closed when the process was told to end and nobody needs it any more, or when it was told twice.
func (f farewell) stop() <-chan struct{} {
	signals, stop := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer close(stop)
		<-signals
		for f.needed() {
			select {
			case <-signals:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return stop
}

// needed while the API server accepts requests, or has some that have not ended.
func (f farewell) needed() bool {
	return f.apiServer != "" && (listens(f.apiServer) || f.tunnels() > 0)
}

func listens(address string) bool {
	dialer := net.Dialer{Timeout: time.Second}
	connection, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}

// openTunnels are the connections of the API server. Upstream keeps their number as a metric only.
func openTunnels() int {
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		return 0
	}
	for _, family := range families {
		if family.GetName() == "konnectivity_network_proxy_server_grpc_connections" {
			return int(ofMethod(family, "Proxy"))
		}
	}
	return 0
}

func ofMethod(family *dto.MetricFamily, method string) (value float64) {
	for _, metric := range family.GetMetric() {
		for _, label := range metric.GetLabel() {
			if label.GetName() == "service_method" && label.GetValue() == method {
				value += metric.GetGauge().GetValue()
			}
		}
	}
	return value
}
