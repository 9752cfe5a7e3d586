// Command flannel connects a node's pods to those on other nodes. It is flannel's packages with the backends and the traffic manager
// Lotse uses (vxlan, host-gw; nftables) and, because flannel's own CNI plugin is not used, also the writer of the node's CNI
// configuration: ptp, host-local and portmap over the podCIDR and MTU of the lease it holds.
package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	_ "github.com/flannel-io/flannel/pkg/backend/vxlan"
	"k8s.io/klog/v2"
)

type options struct {
	kubeconfig  string
	netConf     string
	iface       string
	publicIP    string
	cniConfDir  string
	healthzPort int
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig of the cluster; empty: the Pod's service account")
	flag.StringVar(&o.netConf, "net-conf", "/etc/kube-flannel/net-conf.json", "flannel's network configuration (Network, Backend)")
	flag.StringVar(&o.iface, "iface", "", "interface (name or address) that reaches the other nodes; empty: the one with the default route")
	flag.StringVar(&o.publicIP, "public-ip", "", "address other nodes reach this one by; empty: the interface's")
	flag.StringVar(&o.cniConfDir, "cni-conf-dir", "/etc/cni/net.d", "directory that gets "+conflistName)
	flag.IntVar(&o.healthzPort, "healthz-port", 9285, "port on 127.0.0.1 that answers /healthz and /readyz; 0 disables it")
	klog.InitFlags(nil)
	flag.Parse()
	return o
}

func main() {
	o := parseFlags()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil && ctx.Err() == nil { // a signal to stop is not a failure
		klog.ErrorS(err, "flannel stops")
		klog.Flush()
		os.Exit(1)
	}
}
