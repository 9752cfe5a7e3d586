package host

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"

	"lotse.dev/machine/boot"
)

// connect creates the links that are missing and enables IP forwarding. It may be repeated.
func connect(links []boot.Link) error {
	for _, l := range links {
		if err := ensure(l); err != nil {
			return fmt.Errorf("network link %s: %w", l.Name, err)
		}
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("pods need the host to forward packets (net.ipv4.ip_forward): %w", err)
	}
	return nil
}

// ensure a bridge without ports: its address is up for as long as the link exists, independently of cables and containers.
func ensure(l boot.Link) error {
	address, err := netlink.ParseAddr(l.Address)
	if err != nil {
		return fmt.Errorf("address %q: %w", l.Address, err)
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.NewLinkAttrs()}
	bridge.Name = l.Name
	if err := netlink.LinkAdd(bridge); err != nil && !errors.Is(err, syscall.EEXIST) {
		return fmt.Errorf("creating it: %w", err)
	}
	link, err := netlink.LinkByName(l.Name)
	if err != nil {
		return fmt.Errorf("finding it: %w", err)
	}
	if err := netlink.AddrReplace(link, address); err != nil {
		return fmt.Errorf("setting its address %s: %w", l.Address, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("setting it up: %w", err)
	}
	return nil
}
