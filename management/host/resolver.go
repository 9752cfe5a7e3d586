package host

import (
	"net/netip"
	"os"
	"strings"
)

// resolverSources are the files with the host's name servers. systemd-resolved has the real ones in a file of its own.
var resolverSources = []string{"/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"}

// readResolver returns the first source with a name server that Pods can reach.
func readResolver() string {
	var first string
	for _, source := range resolverSources {
		content, err := os.ReadFile(source)
		if err != nil {
			continue
		}
		if first == "" {
			first = string(content)
		}
		if podResolver(string(content)) != podResolver("") {
			return string(content)
		}
	}
	return first
}

// podResolver returns the resolv.conf of Pods for that of the host. A name server on loopback would be in the Pod itself: a cluster's DNS that
// forwards to itself detects a loop and exits. Without any other server it names the host's address, which refuses connections at once.
func podResolver(host string) string {
	var kept []string
	servers := 0
	for line := range strings.Lines(host) {
		line = strings.TrimSpace(line)
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2 || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";"):
			continue
		case fields[0] == "nameserver":
			address, err := netip.ParseAddr(fields[1])
			if err != nil || address.IsLoopback() {
				continue
			}
			servers++
		case fields[0] != "options":
			continue // with a search list, Pods would look up names in the host's network
		}
		kept = append(kept, line)
	}
	if servers == 0 {
		kept = append(kept, "nameserver "+Address)
	}
	return strings.Join(kept, "\n") + "\n"
}

// nameServers returns the name servers of Pods.
func nameServers(host string) (all []string) {
	for line := range strings.Lines(podResolver(host)) {
		if fields := strings.Fields(line); fields[0] == "nameserver" && fields[1] != Address {
			all = append(all, fields[1])
		}
	}
	return all
}
