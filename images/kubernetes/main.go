// Command kubernetes is every server of one Kubernetes release in one static binary. go.mod has the newest minor; an older one is compiled from the same
// sources with -modfile=1.36.mod -tags=kubernetes1.36, and the few files that differ say so in their first line. The name it is called by (argv[0], or the
// first argument when called "kubernetes") chooses the server. One binary lets all control planes on a machine share its text pages.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata" // CronJob time zones without the host's database.

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"lotse.dev/images/kubernetes/apiserver"
	"lotse.dev/images/kubernetes/collector"
	"lotse.dev/images/kubernetes/controllermanager"
)

var servers = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewCommand,
	"kube-controller-manager": controllermanager.NewCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	if name == "kubernetes" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = filepath.Base(os.Args[0])
	}
	if name == "await" {
		os.Exit(runAwait())
	}
	server, known := servers[name]
	if !known {
		fmt.Fprintf(os.Stderr, "kubernetes: no program %q; call it by the name of a server of Kubernetes, such as kube-apiserver\n", name)
		os.Exit(2)
	}
	os.Exit(run(server))
}

// run is what all servers have in common.
func run(server func() *cobra.Command) int {
	collector.Start()
	coalesceTimers()
	return cli.Run(server())
}
