package teardown

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
)

// NetworkLinks returns the installation's links: the named ones, and the host's ends of Pod links, which have the gateway's address.
func (s Scope) NetworkLinks() ([]string, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("network links: %w", err)
	}
	var found []string
	for _, i := range all {
		if slices.Contains(s.Links, i.Name) || s.Gateway != "" && hasAddress(i, s.Gateway) {
			found = append(found, i.Name)
		}
	}
	return found, nil
}

func hasAddress(i net.Interface, address string) bool {
	addresses, err := i.Addrs()
	if err != nil {
		return false // deleted meanwhile
	}
	return slices.ContainsFunc(addresses, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.String() == address
	})
}

// Unlink deletes them. A Pod's link is deleted with its network namespace, so a link that does not exist any more is no error.
func (s Scope) Unlink() error {
	links, err := s.NetworkLinks()
	if err != nil {
		return err
	}
	for _, l := range links {
		out, err := exec.Command("ip", "link", "delete", l).CombinedOutput()
		if err != nil && !strings.Contains(string(out), "Cannot find device") {
			return fmt.Errorf("remove link %s: %w: %s", l, err, out)
		}
	}
	return nil
}
