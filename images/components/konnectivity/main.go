// Command konnectivity is both ends of the tunnel between a control plane and its nodes: called proxy-server it is the server beside
// the API server, called proxy-agent the agent on the nodes. Both are upstream's, with what a control plane needs whose API server is
// replaced while it is in use:
//
//   - A server that starts announces its address to all agents at once (announcement.go), and they connect to it in addition (newest.go).
//   - It counts as started only when an agent has reached it, as long as it follows a server that still serves (gate.go).
//   - When it is told to end it goes on until its API server has ended (farewell.go).
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	agentoptions "sigs.k8s.io/apiserver-network-proxy/cmd/agent/app/options"
	serveroptions "sigs.k8s.io/apiserver-network-proxy/cmd/server/app/options"
	"sigs.k8s.io/apiserver-network-proxy/pkg/util"
)

func main() {
	command, err := program(filepath.Base(os.Args[0]))
	if err == nil {
		err = command.Execute()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "konnectivity:", err)
		klog.Flush()
		os.Exit(1)
	}
}

func program(name string) (*cobra.Command, error) {
	switch name {
	case "proxy-server":
		s := &server{ProxyRunOptions: serveroptions.NewProxyRunOptions()}
		return command(name, s.run, s.Flags(), s.flags()), nil
	case "proxy-agent":
		a := &proxyAgent{GrpcProxyAgentOptions: agentoptions.NewGrpcProxyAgentOptions()}
		return command(name, a.run, a.Flags(), a.flags()), nil
	}
	return nil, fmt.Errorf("no program %q; call it proxy-server or proxy-agent", name)
}

// command has klog's flags too. Upstream's mains set verbosity 4, a line per connection; here klog's own default stands.
func command(name string, run func() error, flags ...*pflag.FlagSet) *cobra.Command {
	c := &cobra.Command{Use: name, Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true, RunE: func(*cobra.Command, []string) error { return run() }}
	for _, set := range flags {
		c.Flags().AddFlagSet(set)
	}
	logging := flag.NewFlagSet(name, flag.ExitOnError)
	klog.InitFlags(logging)
	logging.VisitAll(func(f *flag.Flag) {
		f.Name = util.Normalize(f.Name)
		c.Flags().AddGoFlag(f)
	})
	return c
}
