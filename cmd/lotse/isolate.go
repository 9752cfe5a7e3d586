package main

import (
	"context"
	"log/slog"
	"net/netip"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/management/isolation"
)

// isolateFlags are what "lotse up" passes to the enforcer.
type isolateFlags struct {
	kubeconfig, gateway, socket, health string
	pods, services, reserved, api       string
	resolvers                           []string
	linkGroup                           int
}

// newIsolateCommand is hidden: the host's agent runs it beside the kubelet.
func newIsolateCommand() *cobra.Command {
	i := isolateFlags{}
	c := &cobra.Command{
		Use: "isolate", Short: "Enforce the NetworkPolicies of this host's Pods (started by the host's agent)", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return i.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVar(&i.kubeconfig, "kubeconfig", "", "kubeconfig of the management cluster")
	f.StringVar(&i.gateway, "gateway", "", "address of the host's ends of Pod links")
	f.IntVar(&i.linkGroup, "link-group", 0, "group of those links")
	f.StringVar(&i.pods, "pods", "", "network of the Pods")
	f.StringVar(&i.services, "services", "", "network of the Services")
	f.StringVar(&i.reserved, "reserved", "", "range that contains all addresses of the management cluster")
	f.StringVar(&i.api, "api", "", "address and port of the management cluster's API server")
	f.StringArrayVar(&i.resolvers, "resolver", nil, "name server of Pods (repeat for more)")
	f.StringVar(&i.socket, "socket", "", "socket where the CNI plugin announces addresses of Pods")
	f.StringVar(&i.health, "health", "", "address and port for health probes")
	return c
}

func (i isolateFlags) run(ctx context.Context) error {
	host, err := i.host()
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", i.kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	e := &isolation.Enforcer{
		Kube: kube, Host: host, Gateway: i.gateway, Socket: i.socket, Health: i.health, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}
	if err := e.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

func (i isolateFlags) host() (c isolation.HostConfig, err error) {
	c.LinkGroup = i.linkGroup
	for text, to := range map[string]*netip.Prefix{i.pods: &c.Pods, i.services: &c.Services, i.reserved: &c.Reserved} {
		if *to, err = netip.ParsePrefix(text); err != nil {
			return c, err
		}
	}
	if c.API, err = netip.ParseAddrPort(i.api); err != nil {
		return c, err
	}
	for _, text := range i.resolvers {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return c, err
		}
		if address.Is4() {
			c.Resolvers = append(c.Resolvers, address)
		}
	}
	return c, nil
}
