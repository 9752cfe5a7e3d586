package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const connecting = 3 * time.Second

// reach tries all at once, so that all closed addresses together cost the time of one.
func reach(addresses []string) error {
	lines := make([]string, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() {
			conn, err := net.DialTimeout("tcp", address, connecting)
			if err != nil {
				lines[i] = fmt.Sprintf("closed %s: %v", address, err)
				return
			}
			conn.Close()
			lines[i] = "open " + address
		})
	}
	all.Wait()
	for _, line := range lines {
		fmt.Println(line)
	}
	return nil
}

// spoof sends from a foreign source address. A connection never results, since the answers go to the owner of the address; whether the
// packets pass is seen elsewhere.
func spoof(source, address string) error {
	dialer := net.Dialer{
		Timeout: connecting, LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)},
		Control: func(_, _ string, c syscall.RawConn) (err error) {
			controlled := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_TRANSPARENT, 1) })
			if controlled != nil {
				return controlled
			}
			return err
		},
	}
	conn, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		fmt.Println("tried:", err)
		return nil
	}
	return conn.Close()
}
