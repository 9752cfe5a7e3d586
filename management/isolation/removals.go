package isolation

import (
	"context"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// tableDeleted is the type of the kernel's message that a table of the packet filter was deleted.
const tableDeleted = unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_DELTABLE

// removals sends when any program has deleted a table of the packet filter, until ctx ends.
func removals(ctx context.Context) (<-chan struct{}, error) {
	socket, err := nl.Subscribe(unix.NETLINK_NETFILTER, unix.NFNLGRP_NFTABLES)
	if err != nil {
		return nil, fmt.Errorf("listening for changes of the packet filter: %w", err)
	}
	context.AfterFunc(ctx, socket.Close)
	deleted := make(chan struct{}, 1)
	go func() {
		for ctx.Err() == nil {
			if deletes(socket) {
				select {
				case deleted <- struct{}{}:
				default:
				}
			}
		}
	}()
	return deleted, nil
}

// deletes waits for messages and reports whether a table was deleted, or may have been: the kernel drops messages when there are very many.
func deletes(socket *nl.NetlinkSocket) bool {
	messages, _, err := socket.Receive()
	if err != nil {
		return errors.Is(err, unix.ENOBUFS)
	}
	for _, m := range messages {
		if m.Header.Type == tableDeleted {
			return true
		}
	}
	return false
}
