package main

import (
	"context"
	"net"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	clocktesting "k8s.io/utils/clock/testing"
)

// connected are the IDs of the servers that an agent is connected to.
type connected []string

func (c connected) ClientsCount() int { return len(c) }

func (c connected) HasID(id string) bool {
	for _, one := range c {
		if one == id {
			return true
		}
	}
	return false
}

const older, newer = "10.0.0.1:8132/a", "10.0.0.2:8132/b"

func TestAnAgentLooksForTheServerThatWasAnnounced(t *testing.T) {
	for name, c := range map[string]struct {
		holder      string
		after       time.Duration
		connections connected
		missing     string
		count       int
	}{
		"nothing was announced: one server is enough":                      {count: 1},
		"it is connected to the one that was announced":                    {holder: newer, connections: connected{newer}, count: 1},
		"it is connected to another one: it connects to the newer too":     {holder: newer, connections: connected{older}, missing: "10.0.0.2:8132", count: 2},
		"it is connected to both: it keeps both":                           {holder: newer, connections: connected{older, newer}, count: 2},
		"it is connected to none: the ordinary address leads to one":       {holder: newer, count: 1},
		"the newer one has not been reached for a minute: it may be gone":  {holder: newer, after: searchLimit + time.Second, connections: connected{older}, count: 1},
		"the holder is not a server's ID: it is not looked for":            {holder: "somebody", connections: connected{older}, count: 1},
		"nobody has announced itself: the Lease is as the add-ons made it": {holder: "", connections: connected{older}, count: 1},
	} {
		t.Run(name, func(t *testing.T) {
			clock := clocktesting.NewFakePassiveClock(time.Unix(0, 0))
			n := &newest{clock: clock, connections: c.connections}
			n.announced(&coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &c.holder}})
			clock.SetTime(clock.Now().Add(c.after))
			if got := n.missing(); got != c.missing {
				t.Errorf("missing is %q, want %q", got, c.missing)
			}
			if got := n.Count(); got != c.count {
				t.Errorf("the count is %d, want %d", got, c.count)
			}
		})
	}
}

func TestAnAnnouncementIsNotRenewedByBeingSeenAgain(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(time.Unix(0, 0))
	n := &newest{clock: clock, connections: connected{older}}
	holder := newer
	for range 3 {
		n.announced(&coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder}})
		clock.SetTime(clock.Now().Add(searchLimit / 2))
	}
	if n.missing() != "" {
		t.Error("the agent looks for a server that it has not reached for longer than a minute")
	}
}

func TestTheMissingServerIsDialledAtItsOwnAddress(t *testing.T) {
	all, own := listen(t), listen(t)
	n := &newest{ordinary: all, clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0)), connections: connected{older}}
	for _, c := range []struct{ holder, want string }{{"", all}, {serverID(own, "b"), own}} {
		n.announced(&coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &c.holder}})
		connection, err := n.dial(context.Background(), "ignored:1")
		if err != nil {
			t.Fatal(err)
		}
		if got := connection.RemoteAddr().String(); got != c.want {
			t.Errorf("with holder %q the agent dials %s, want %s", c.holder, got, c.want)
		}
		connection.Close()
	}
}

func listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
