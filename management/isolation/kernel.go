package isolation

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/vishvananda/netlink"
)

// replace the table by text, in one step.
func replace(ctx context.Context, text string) error {
	cmd := exec.CommandContext(ctx, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// stands says whether the table does. "nft flush ruleset", which some distributions' firewalls begin with, removes everybody's.
func stands(ctx context.Context) bool {
	return exec.CommandContext(ctx, "nft", "list", "chain", "inet", "lotse-isolation", "entering").Run() == nil
}

// adopt puts links of Pods that were made before there was a group into it: those that carry the gateway's address.
func adopt(gateway string, group int) error {
	all, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("network links: %w", err)
	}
	for _, link := range all {
		addresses, err := netlink.AddrList(link, netlink.FAMILY_V4)
		if err != nil {
			continue // gone meanwhile
		}
		for _, a := range addresses {
			if a.IP.String() != gateway || int(link.Attrs().Group) == group {
				continue
			}
			if err := netlink.LinkSetGroup(link, group); err != nil {
				return fmt.Errorf("network link %s: %w", link.Attrs().Name, err)
			}
		}
	}
	return nil
}
