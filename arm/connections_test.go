package arm

import (
	"net"
	"testing"
)

func TestConnectionsBeyondTheBoundsAreClosedAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := bounded(l, 3, 2)
	defer c.Close()
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			conn, err := c.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	dial()
	dial()
	first := <-accepted
	<-accepted
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Fatal("a third connection from one address stayed open")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	_ = first.Close() // closing twice counts once
	dial()
	<-accepted
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Fatal("closing twice counted twice")
	}
}

func TestSource(t *testing.T) {
	for sentence, c := range map[string]struct{ address, want string }{
		"an address is itself, whatever its port": {"10.0.0.1:99", "10.0.0.1"},
		"an IPv4 address is one in IPv6 too":      {"[::ffff:10.0.0.1]:99", "10.0.0.1"},
		"all of an IPv6 /64 are one":              {"[2001:db8::1:2:3:4]:99", "2001:db8::"},
	} {
		t.Run(sentence, func(t *testing.T) {
			a, err := net.ResolveTCPAddr("tcp", c.address)
			if err != nil {
				t.Fatal(err)
			}
			if got := source(a).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
