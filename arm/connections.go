package arm

import (
	"net"
	"net/netip"
	"sync"
)

// Bounds of open connections. One costs some 50 KiB with TLS; behind a proxy or a node port many callers share an address.
const (
	maxConnections     = 4096
	maxConnectionsFrom = 1024
)

// connections is a listener that closes connections beyond its bounds at once. A client that holds unused connections open blocks only its own
// address, for at most the server's timeouts.
type connections struct {
	net.Listener
	all, each int

	mu   sync.Mutex
	open int
	from map[netip.Addr]int
}

func bounded(l net.Listener, all, each int) *connections {
	return &connections{Listener: l, all: all, each: each, from: map[netip.Addr]int{}}
}

// Accept the next connection that is within the bounds.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := source(conn.RemoteAddr())
		if c.take(from) {
			return &connection{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from) })}, nil
		}
		_ = conn.Close()
	}
}

func (c *connections) take(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.all || c.from[from] >= c.each {
		return false
	}
	c.open++
	c.from[from]++
	return true
}

func (c *connections) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.from[from]--; c.from[from] <= 0 {
		delete(c.from, from)
	}
}

// source of a connection. One customer has a whole /64 of IPv6.
func source(a net.Addr) netip.Addr {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	addr := p.Addr().Unmap().WithZone("")
	if addr.Is6() {
		wide, _ := addr.Prefix(64) // 64 is valid for IPv6
		return wide.Addr()
	}
	return addr
}

type connection struct {
	net.Conn
	leave func()
}

// Close the connection; it no longer counts.
func (c *connection) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
