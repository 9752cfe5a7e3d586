package isolation

import (
	"context"
	"fmt"

	"github.com/vishvananda/netlink"
	"sigs.k8s.io/knftables"
)

// filter is the table in the kernel's packet filter.
type filter struct {
	nft  knftables.Interface
	host HostConfig
	// written is the last transaction that the kernel took; empty if it is not known to be in force.
	written string
}

func newFilter(h HostConfig) (*filter, error) {
	nft, err := knftables.New(knftables.InetFamily, tableName)
	if err != nil {
		return nil, fmt.Errorf("packet filter: %w", err)
	}
	return &filter{nft: nft, host: h}, nil
}

// write replaces the table in one transaction, unless it is the last one written.
func (f *filter) write(ctx context.Context, p Plan) error {
	tx := replacement(f.nft, f.host, p)
	text := tx.String()
	if text == f.written {
		return nil
	}
	if err := f.nft.Run(ctx, tx); err != nil {
		return fmt.Errorf("replace the packet filter's table %s: %w", Table, err)
	}
	f.written = text
	return nil
}

// verify makes the next write unconditional if the table that was written is gone. "nft flush ruleset", with which the firewalls of some
// distributions start, removes the tables of all programs. One chain is asked for: the whole table may have thousands of rules.
func (f *filter) verify(ctx context.Context) {
	if _, err := f.nft.ListRules(ctx, chainToPod); err != nil {
		f.written = ""
	}
}

// exists reports whether there is a table with any chains. At a start one of another version, which has other chains, stays in force until
// the cluster has been listed. A table without chains filters nothing.
func (f *filter) exists(ctx context.Context) bool {
	chains, err := f.nft.List(ctx, "chains")
	return err == nil && len(chains) > 0
}

// joinGroup puts links of Pods that were made before the group existed into it: those that carry the gateway's address.
func joinGroup(gateway string, group int) error {
	all, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("network links: %w", err)
	}
	for _, link := range all {
		addresses, err := netlink.AddrList(link, netlink.FAMILY_V4)
		if err != nil {
			continue // deleted meanwhile
		}
		for _, a := range addresses {
			if a.IP.String() != gateway || int(link.Attrs().Group) == group {
				continue
			}
			if err := netlink.LinkSetGroup(link, group); err != nil {
				return fmt.Errorf("group of network link %s: %w", link.Attrs().Name, err)
			}
		}
	}
	return nil
}
