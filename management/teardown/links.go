package teardown

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
)

// NetworkLinks are the installation's links: the named ones and the Pods' ends that carry the gateway's address.
func (s Scope) NetworkLinks() ([]string, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("network links: %w", err)
	}
	var found []string
	for _, i := range all {
		if slices.Contains(s.Links, i.Name) || s.Gateway != "" && carries(i, s.Gateway) {
			found = append(found, i.Name)
		}
	}
	return found, nil
}

func carries(i net.Interface, address string) bool {
	addresses, err := i.Addrs()
	if err != nil {
		return false // gone meanwhile
	}
	return slices.ContainsFunc(addresses, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.String() == address
	})
}

// Unlink removes them. A Pod's link goes by itself when its network namespace ends, so a link that is gone already is no error.
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
