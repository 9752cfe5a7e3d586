package isolation

import (
	"context"
	"log/slog"

	"sigs.k8s.io/knftables"
)

const connectionsName = "lotse-connections"

// ConnectionsTable is a table of the packet filter beside Table, as nft lists it. It is not replaced when policies change, or its counts would begin anew.
const ConnectionsTable = "inet " + connectionsName

// MaxConnections is how many connections of one Pod, and so of one machine, the host tracks at a time. More are refused. A host of Linux' usual 262144
// has room for 16 machines that do nothing else.
const MaxConnections = 16384

// connectionsSet holds a count for each address of a Pod that has connections.
const connectionsSet = "connections"

// boundConnections is the transaction that adds the bound. It changes nothing where the bound is.
func boundConnections(nft knftables.Interface, linkGroup int) *knftables.Transaction {
	tx := nft.NewTransaction()
	tx.Add(&knftables.Table{})
	tx.Add(&knftables.Set{Name: connectionsSet, Type: "ipv4_addr", Flags: []knftables.SetFlag{knftables.DynamicFlag}, Size: knftables.PtrTo(uint64(65535))})
	// A connection that is refused here is never entered into the table of connections. Both hooks are those of Table, a little before it.
	for _, hook := range []knftables.BaseChainHook{knftables.InputHook, knftables.ForwardHook} {
		priority := knftables.FilterPriority + "-1"
		tx.Add(&knftables.Chain{
			Name: string(hook), Type: knftables.PtrTo(knftables.FilterType), Hook: &hook, Priority: &priority, Policy: knftables.PtrTo(knftables.AcceptPolicy),
		})
		tx.Flush(&knftables.Chain{Name: string(hook)})
		tx.Add(&knftables.Rule{Chain: string(hook), Rule: knftables.Concat("meta iifgroup", linkGroup, "ct state new",
			"update @"+connectionsSet, "{ ip saddr ct count over", MaxConnections, "}", refuse)})
	}
	return tx
}

// bound keeps the table there. A kernel without this counting (NFT_CONNLIMIT) refuses it, which closes nothing else: it is logged.
type bound struct {
	nft       knftables.Interface
	linkGroup int
	log       *slog.Logger
	refused   bool
}

func newBound(h HostConfig, log *slog.Logger) (*bound, error) {
	nft, err := knftables.New(knftables.InetFamily, connectionsName)
	return &bound{nft: nft, linkGroup: h.LinkGroup, log: log}, err
}

// write adds the table where it is missing or of another version.
func (b *bound) write(ctx context.Context) {
	if err := b.nft.Run(ctx, boundConnections(b.nft, b.linkGroup)); err != nil && !b.refused {
		b.refused = true
		b.log.Warn("the kernel does not bound the connections of one Pod: a machine can fill the host's table of connections", "error", err)
	}
}

// verify writes the table again if another program removed it.
func (b *bound) verify(ctx context.Context) {
	if b.refused {
		return
	}
	if _, err := b.nft.ListRules(ctx, string(knftables.ForwardHook)); err != nil {
		b.write(ctx)
	}
}
