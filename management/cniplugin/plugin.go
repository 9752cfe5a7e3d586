// Package cniplugin is the last plugin in the chain that connects a Pod of the host's cluster to the network. It puts the Pod's link into the
// group by which the packet filter knows Pods, and says the Pod's address to the enforcer (package isolation), all before the Pod's first
// container starts. Without the group a Pod would not be held back, so a link that cannot be put into it fails the Pod. An enforcer that
// does not answer fails nothing: until it does, the Pod reaches nobody.
package cniplugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
)

// Plugin is the type of the plugin in the network's configuration: the name of the program.
const Plugin = "lotse-node"

// patience with the enforcer. It usually takes a few milliseconds.
const patience = 2 * time.Second

// Announcement of a Pod's address.
type Announcement struct {
	UID     string `json:"uid"`
	Address string `json:"address"`
}

// Config is the plugin's part of the network's configuration.
type Config struct {
	CNIVersion string `json:"cniVersion"`
	// Group of links, and the enforcer's Socket.
	Group  int             `json:"group"`
	Socket string          `json:"socket"`
	Prev   json.RawMessage `json:"prevResult"`
}

// result is what the plugins before this one did.
type result struct {
	Interfaces []struct {
		Name    string `json:"name"`
		Sandbox string `json:"sandbox"`
	} `json:"interfaces"`
	IPs []struct {
		Address string `json:"address"`
	} `json:"ips"`
}

// Called says whether this process was started as a network plugin.
func Called() bool { return os.Getenv("CNI_COMMAND") != "" }

// Run does what CNI_COMMAND says, by the protocol of the Container Network Interface, and returns the exit code.
func Run(ctx context.Context, in io.Reader, out io.Writer) int {
	if err := run(ctx, in, out); err != nil {
		_ = json.NewEncoder(out).Encode(map[string]any{"cniVersion": "1.0.0", "code": 100, "msg": err.Error()}) // nobody is left to tell
		return 1
	}
	return 0
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	switch command := os.Getenv("CNI_COMMAND"); command {
	case "VERSION":
		_, err := fmt.Fprintln(out, `{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}`)
		return err
	case "ADD":
		return add(ctx, in, out)
	case "DEL", "CHECK":
		return nil // the group ends with the link, the address with the Pod
	default:
		return fmt.Errorf("CNI_COMMAND %q is unknown", command)
	}
}

func add(ctx context.Context, in io.Reader, out io.Writer) error {
	var c Config
	if err := json.NewDecoder(in).Decode(&c); err != nil {
		return fmt.Errorf("configuration of the Pod network: %w", err)
	}
	link, address, err := read(c.Prev)
	if err != nil {
		return err
	}
	if err := join(link, c.Group); err != nil {
		return err
	}
	if err := announce(ctx, c.Socket, Announcement{argument(os.Getenv("CNI_ARGS"), "K8S_POD_UID"), address}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "the Pod is cut off until the enforcer knows it:", err)
	}
	_, err = out.Write(c.Prev)
	return err
}

// read finds the Pod's link on this machine and its address.
func read(prev []byte) (link, address string, err error) {
	var r result
	if err := json.Unmarshal(prev, &r); err != nil {
		return "", "", fmt.Errorf("result of the plugin before: %w", err)
	}
	for _, i := range r.Interfaces {
		if i.Sandbox == "" {
			link = i.Name
		}
	}
	if len(r.IPs) > 0 {
		if prefix, err := netip.ParsePrefix(r.IPs[0].Address); err == nil {
			address = prefix.Addr().String()
		}
	}
	if link == "" || address == "" {
		return "", "", fmt.Errorf("the plugin before made no link with an address: %s", prev)
	}
	return link, address, nil
}

// join also takes IPv6 away from this machine's end: by its own link-local addresses a Pod would reach whatever listens here.
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

func announce(ctx context.Context, socket string, a Announcement) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://enforcer/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	enforcer := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	response, err := enforcer.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(text))
	}
	return nil
}

// argument of CNI_ARGS, which are key=value pairs with semicolons between them.
func argument(all, name string) string {
	for pair := range strings.SplitSeq(all, ";") {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value
		}
	}
	return ""
}
