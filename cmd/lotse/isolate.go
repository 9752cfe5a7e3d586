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

// isolating is what "lotse up" tells the enforcer that it starts.
type isolating struct {
	kubeconfig, gateway, socket, health string
	pods, services, reserved, api       string
	resolvers                           []string
	linkGroup                           int
}

// newIsolateCommand is what runs beside the host's kubelet; people have no use for it.
func newIsolateCommand() *cobra.Command {
	i := isolating{}
	c := &cobra.Command{
		Use: "isolate", Short: "Keep the Pods of this machine apart (started by the host's agent)", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return i.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVar(&i.kubeconfig, "kubeconfig", "", "the management cluster")
	f.StringVar(&i.gateway, "gateway", "", "address that the Pods' ends of links on this machine carry")
	f.IntVar(&i.linkGroup, "link-group", 0, "group of those links")
	f.StringVar(&i.pods, "pods", "", "network of the Pods")
	f.StringVar(&i.services, "services", "", "network of the Services")
	f.StringVar(&i.reserved, "reserved", "", "range that has all addresses of the management cluster")
	f.StringVar(&i.api, "api", "", "address and port of the management cluster's API server")
	f.StringArrayVar(&i.resolvers, "resolver", nil, "name server that Pods ask (repeat for more)")
	f.StringVar(&i.socket, "socket", "", "where the network plugin says the addresses of Pods")
	f.StringVar(&i.health, "health", "", "address and port that answer probes")
	return c
}

func (i isolating) run(ctx context.Context) error {
	ground, err := i.ground()
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
		Kube: kube, Ground: ground, Gateway: i.gateway, Socket: i.socket, Health: i.health, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}
	if err := e.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

func (i isolating) ground() (g isolation.Ground, err error) {
	g.LinkGroup = i.linkGroup
	for text, to := range map[string]*netip.Prefix{i.pods: &g.Pods, i.services: &g.Services, i.reserved: &g.Reserved} {
		if *to, err = netip.ParsePrefix(text); err != nil {
			return g, err
		}
	}
	if g.API, err = netip.ParseAddrPort(i.api); err != nil {
		return g, err
	}
	for _, text := range i.resolvers {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return g, err
		}
		if address.Is4() {
			g.Resolvers = append(g.Resolvers, address)
		}
	}
	return g, nil
}
