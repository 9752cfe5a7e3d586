// Package cniplugin is the last CNI plugin in the chain that connects a Pod of the host's cluster to the network. It puts the Pod's link
// into the group by which the packet filter recognizes Pods, and announces the Pod's address to the enforcer (package isolation), all before the
// Pod's first container starts. The packet filter would not restrict a Pod whose link is not in the group, so the Pod fails if its link
// cannot be put into it. If the enforcer does not answer, the Pod starts, but reaches nothing until the enforcer knows it.
package cniplugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"github.com/vishvananda/netlink"
)

// Plugin is the type of the plugin in the network's configuration: the name of the program.
const Plugin = "lotse-node"

// Config is the plugin's part of the network's configuration.
type Config struct {
	types.PluginConf
	// Group of links, and the enforcer's Socket.
	Group  int    `json:"group"`
	Socket string `json:"socket"`
}

// arguments that the container runtime passes in CNI_ARGS.
type arguments struct {
	types.CommonArgs
	K8S_POD_UID types.UnmarshallableString //nolint:revive,staticcheck // the name is the argument's
}

// Called reports whether a container runtime started this process as a CNI plugin.
func Called() bool { return os.Getenv("CNI_COMMAND") != "" }

// Run does what CNI_COMMAND asks for and returns the exit code. Only ADD does anything: the group ends with the link, the address with the Pod.
func Run(ctx context.Context) int {
	nothing := func(*skel.CmdArgs) error { return nil }
	err := skel.PluginMainFuncsWithError(skel.CNIFuncs{
		Add: func(a *skel.CmdArgs) error { return add(ctx, a) }, Del: nothing, Check: nothing,
	}, version.PluginSupports("0.4.0", "1.0.0"), "")
	if err == nil {
		return 0
	}
	_ = err.Print() // there is no other way to report it
	return 1
}

func add(ctx context.Context, args *skel.CmdArgs) error {
	c, err := parse(args.StdinData)
	if err != nil {
		return err
	}
	link, address, err := hostInterface(c.PrevResult)
	if err != nil {
		return err
	}
	var pod arguments
	if err := types.LoadArgs(args.Args, &pod); err != nil {
		return err
	}
	if err := join(link, c.Group); err != nil {
		return err
	}
	if err := announce(ctx, c.Socket, Announcement{UID: string(pod.K8S_POD_UID), Address: address}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "the Pod reaches nothing until the enforcer knows it:", err)
	}
	return types.PrintResult(c.PrevResult, c.CNIVersion)
}

func parse(stdin []byte) (Config, error) {
	var c Config
	if err := json.Unmarshal(stdin, &c); err != nil {
		return c, fmt.Errorf("configuration of the Pod network: %w", err)
	}
	if err := version.ParsePrevResult(&c.PluginConf); err != nil {
		return c, fmt.Errorf("result of the previous plugin: %w", err)
	}
	if c.PrevResult == nil {
		return c, errors.New("no result of a previous plugin; this plugin must not be the first of its chain")
	}
	return c, nil
}

// hostInterface returns the host's end of the Pod's link and the Pod's address.
func hostInterface(previous types.Result) (link, address string, err error) {
	result, err := current.NewResultFromResult(previous)
	if err != nil {
		return "", "", fmt.Errorf("result of the previous plugin: %w", err)
	}
	for _, i := range result.Interfaces {
		if i.Sandbox == "" {
			link = i.Name
		}
	}
	if len(result.IPs) > 0 {
		address = result.IPs[0].Address.IP.String()
	}
	if link == "" || address == "" {
		return "", "", fmt.Errorf("the previous plugin made no link with an address on this host: %v", result)
	}
	return link, address, nil
}

// join also disables IPv6 on the host's end: a Pod could reach everything that listens on this host by the link-local addresses.
func join(name string, group int) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("link %s: %w", name, err)
	}
	if err := netlink.LinkSetGroup(link, group); err != nil {
		return fmt.Errorf("group of link %s: %w", name, err)
	}
	err = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("IPv6 of link %s: %w", name, err)
	}
	return nil
}
