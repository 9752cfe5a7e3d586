// Command konnectivity is both ends of the tunnel between a control plane and its nodes: called proxy-server it is the server beside
// the API server, called proxy-agent the agent on the nodes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	agent "sigs.k8s.io/apiserver-network-proxy/cmd/agent/app"
	agentoptions "sigs.k8s.io/apiserver-network-proxy/cmd/agent/app/options"
	server "sigs.k8s.io/apiserver-network-proxy/cmd/server/app"
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
		o := serveroptions.NewProxyRunOptions()
		return withFlags(server.NewProxyCommand(&server.Proxy{}, o), o.Flags()), nil
	case "proxy-agent":
		o := agentoptions.NewGrpcProxyAgentOptions()
		return withFlags(agent.NewAgentCommand(&agent.Agent{}, o), o.Flags()), nil
	}
	return nil, fmt.Errorf("no program %q; call it proxy-server or proxy-agent", name)
}

// withFlags adds klog's flags too. Upstream's mains set verbosity 4, a line per connection; here klog's own default stands.
func withFlags(command *cobra.Command, own *pflag.FlagSet) *cobra.Command {
	command.Flags().AddFlagSet(own)
	logging := flag.NewFlagSet(command.Name(), flag.ExitOnError)
	klog.InitFlags(logging)
	logging.VisitAll(func(f *flag.Flag) {
		f.Name = util.Normalize(f.Name)
		command.Flags().AddGoFlag(f)
	})
	return command
}
