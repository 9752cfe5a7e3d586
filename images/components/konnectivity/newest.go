package main

import (
	"context"
	"net"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// searchLimit is how long an agent tries to reach a server that was announced.
const searchLimit = time.Minute

// newest is the server that announced itself last. An agent that is connected to others connects to it too: once for each announcement, and
// at its own address, because the one of all servers leads there only later.
type newest struct {
	// ordinary is the address of all servers.
	ordinary string
	clock    clock.PassiveClock
	// connections of the agent.
	connections interface {
		ClientsCount() int
		HasID(server string) bool
	}

	guard sync.Mutex
	id    string
	seen  time.Time
}

// announced takes note of the Lease.
func (n *newest) announced(object any) {
	lease, ok := object.(*coordinationv1.Lease)
	if !ok || lease.Spec.HolderIdentity == nil || addressOf(*lease.Spec.HolderIdentity) == "" {
		return
	}
	n.guard.Lock()
	defer n.guard.Unlock()
	if id := *lease.Spec.HolderIdentity; n.id != id {
		n.id, n.seen = id, n.clock.Now()
		klog.InfoS("a server was announced", "serverID", id)
	}
}

// missing is the address of the newest server if the agent is to connect to it; else it is "".
func (n *newest) missing() string {
	n.guard.Lock()
	id, seen := n.id, n.seen
	n.guard.Unlock()
	if id == "" || n.clock.Since(seen) > searchLimit || n.connections.ClientsCount() == 0 || n.connections.HasID(id) {
		return ""
	}
	return addressOf(id)
}

// Count is the number of servers that the agent should be connected to.
func (n *newest) Count() int {
	connected := n.connections.ClientsCount()
	if n.missing() != "" {
		return connected + 1
	}
	return max(connected, 1)
}

// dial the newest server while it is missing, else whichever is at the ordinary address.
func (n *newest) dial(ctx context.Context, _ string) (net.Conn, error) {
	address := n.missing()
	if address == "" {
		address = n.ordinary
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	return dialer.DialContext(ctx, "tcp", address)
}
