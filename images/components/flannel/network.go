package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/flannel-io/flannel/pkg/backend"
	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet"
	"github.com/flannel-io/flannel/pkg/subnet/kube"
	"github.com/flannel-io/flannel/pkg/trafficmngr/nftables"
	"k8s.io/klog/v2"
)

const (
	annotationPrefix = "flannel.alpha.coreos.com"
	retryInterval    = 100 * time.Millisecond
	ruleResync       = 5 // seconds; the nftables manager ignores it
)

// run holds the node's lease until ctx ends. The CNI configuration is written last, so that the kubelet reports the node Ready only
// when routes and rules stand.
func run(ctx context.Context, o options) error {
	var health health
	if err := health.serve(o.healthzPort); err != nil {
		return err
	}
	manager, err := kube.NewSubnetManager(ctx, "", o.kubeconfig, annotationPrefix, o.netConf, true)
	if err != nil {
		return fmt.Errorf("connecting to the cluster (set NODE_NAME, and --kubeconfig outside a Pod): %w", err)
	}
	config, err := manager.GetNetworkConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the network configuration: %w", err)
	}
	external, err := externalInterface(ctx, manager, config, o)
	if err != nil {
		return err
	}
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	network, err := register(background, &running, backend.NewManager(background, manager, external), config)
	if err != nil {
		return err
	}
	if err := rules(ctx, config, network); err != nil {
		return err
	}
	if err := writeConflist(o.cniConfDir, subnets(config, network), network.MTU()); err != nil {
		return err
	}
	health.ready.Store(true)
	running.Go(func() { network.Run(background) })
	if err := manager.CompleteLease(ctx, network.Lease(), &running); err != nil {
		return fmt.Errorf("keeping the lease: %w", err)
	}
	<-ctx.Done()
	running.Wait()
	return nil
}

// externalInterface finds the interface that carries traffic to the other nodes. An address stored in the Node's annotation wins,
// as in upstream's main: an operator put it there.
func externalInterface(ctx context.Context, m subnet.Manager, config *subnet.Config, o options) (*backend.ExternalInterface, error) {
	stack, err := ipmatch.GetIPFamily(config.EnableIPv4, config.EnableIPv6)
	if err != nil {
		return nil, fmt.Errorf("network configuration enables neither IPv4 nor IPv6: %w", err)
	}
	public := ipmatch.PublicIPOpts{PublicIP: o.publicIP}
	if v4, v6 := m.GetStoredPublicIP(ctx); v4 != "" || v6 != "" {
		public = ipmatch.PublicIPOpts{PublicIP: v4, PublicIPv6: v6}
	}
	name := o.iface
	if name == "" {
		name = public.PublicIP
	}
	external, err := ipmatch.LookupExtIface(name, "", "", stack, public)
	if err != nil {
		return nil, fmt.Errorf("finding the interface to the other nodes (name it with --iface): %w", err)
	}
	return external, nil
}

// register takes the lease. It retries here, because a new node's object, and its podCIDR, come a moment later, and a restart would
// cost a second in which the client's cache fills.
func register(ctx context.Context, running *sync.WaitGroup, m backend.Manager, config *subnet.Config) (backend.Network, error) {
	kind, err := m.GetBackend(config.BackendType)
	if err != nil {
		return nil, fmt.Errorf("backend %q is not built in (vxlan and host-gw are): %w", config.BackendType, err)
	}
	for {
		network, err := kind.RegisterNetwork(ctx, running, config)
		if err == nil {
			return network, nil
		}
		klog.InfoS("No lease yet", "reason", err)
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(retryInterval):
		}
	}
}

// rules lets pod traffic be forwarded and masquerades what leaves the pod network.
func rules(ctx context.Context, config *subnet.Config, network backend.Network) error {
	var traffic nftables.NFTablesManager
	if err := traffic.Init(ctx); err != nil {
		return fmt.Errorf("setting up nftables (needs NET_ADMIN and the nft program): %w", err)
	}
	var none4 ip.IP4Net
	var none6 ip.IP6Net
	err := traffic.SetupAndEnsureMasqRules(ctx, config.Network, none4, none4, config.IPv6Network, none6, none6, network.Lease(), ruleResync, false)
	if err != nil {
		return fmt.Errorf("writing masquerading rules: %w", err)
	}
	traffic.SetupAndEnsureForwardRules(ctx, config.Network, config.IPv6Network, ruleResync)
	return nil
}

func subnets(config *subnet.Config, network backend.Network) []string {
	var all []string
	if config.EnableIPv4 {
		all = append(all, network.Lease().Subnet.String())
	}
	if config.EnableIPv6 {
		all = append(all, network.Lease().IPv6Subnet.String())
	}
	return all
}
