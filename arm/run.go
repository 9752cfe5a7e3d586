package arm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

// Bounds of connections. Bodies have bounds of their own.
const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 64 << 10
	shutdownTimeout = 20 * time.Second
)

// multiplexing bounds what one HTTP/2 connection can hold. Streams that are reset count until their handler has returned, and a peer that
// answers no ping, or reads no byte, is disconnected.
var multiplexing = http.HTTP2Config{
	MaxConcurrentStreams:          100,
	MaxReceiveBufferPerConnection: 1 << 20,
	MaxReceiveBufferPerStream:     256 << 10,
	SendPingTimeout:               30 * time.Second,
	PingTimeout:                   15 * time.Second,
	WriteByteTimeout:              30 * time.Second,
}

// Start makes the server a Runnable of controller-runtime's manager.
func (s *Server) Start(ctx context.Context) error { return s.Run(ctx) }

// NeedLeaderElection is false because every replica serves: the front door keeps no state.
func (s *Server) NeedLeaderElection() bool { return false }

// Run serves until the context ends, and then lets running requests finish.
func (s *Server) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", s.options.Listen)
	if err != nil {
		return fmt.Errorf("front door: %w", err)
	}
	return s.Serve(ctx, listener)
}

// Join the replicas of the front door, if it is Replicated. It leaves them in an orderly way when leave is called.
func (s *Server) Join(ctx context.Context) (leave func()) {
	if s.replica == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	left := make(chan struct{})
	go func() {
		defer close(left)
		s.replica.Run(ctx)
	}()
	return func() {
		stop()
		<-left
	}
}

// Serve on a listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	dir := s.options.TLSDir
	certificates, err := certwatcher.New(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	if err != nil {
		return fmt.Errorf("front door: certificate: %w", err)
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		if err := certificates.Start(watching); err != nil {
			s.log.Error("front door: a renewed certificate will not be seen", "error", err)
		}
	}()
	leave := s.Join(context.WithoutCancel(ctx))
	defer leave() // not before the last write is answered
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2:             &multiplexing,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificates.GetCertificate},
	}
	server.RegisterOnShutdown(s.close)
	finished := make(chan error, 1)
	go func() { //nolint:gosec // G118: what ends the server must outlive the context that says so
		<-watching.Done()
		limit, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		finished <- server.Shutdown(limit)
	}()
	s.log.Info("front door serves", "address", listener.Addr().String())
	if err := server.ServeTLS(bounded(listener, maxConnections, maxConnectionsFrom), "", ""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("front door: %w", err)
	}
	return <-finished
}
