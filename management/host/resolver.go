package host

import (
	"net/netip"
	"os"
	"strings"
)

// resolverSources are where this machine says which name servers it uses; systemd-resolved's own list stands behind its local one.
var resolverSources = []string{"/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"}

// readResolver is the first source that names a server Pods can reach.
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

// podResolver is a machine's resolv.conf as Pods may see it. A name server on loopback would be the Pod's own: a cluster's DNS that forwards
// to itself loops and ends. Without any other server the host's address stands in, where nobody listens and the refusal comes at once.
func podResolver(machine string) string {
	var kept []string
	servers := 0
	for line := range strings.Lines(machine) {
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
			continue // a search list would make Pods ask for names of this machine's network
		}
		kept = append(kept, line)
	}
	if servers == 0 {
		kept = append(kept, "nameserver "+Address)
	}
	return strings.Join(kept, "\n") + "\n"
}

// nameServers are those that Pods ask.
func nameServers(machine string) (all []string) {
	for line := range strings.Lines(podResolver(machine)) {
		if fields := strings.Fields(line); fields[0] == "nameserver" && fields[1] != Address {
			all = append(all, fields[1])
		}
	}
	return all
}
